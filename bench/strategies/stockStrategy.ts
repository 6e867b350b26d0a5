import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import {
  allSkus,
  LOCATION,
  OTHER_SKUS,
  OTHER_UNITS,
  type Shelves,
  skusOf,
  unitsOf,
} from './shelves.ts';

const LEDGER_SCHEMA = new URL(
  '../../src/storage/postgres/migrations/000001_ledger.sql',
  import.meta.url,
);

/** Holdfast numbers its events under a lock of its own; whoever has none takes a sequence. */
const OWN_SCHEMA = `
  CREATE SEQUENCE positions;
  CREATE TABLE units (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    level bigint NOT NULL,
    reservation_id text COLLATE "C"
  );
  CREATE INDEX free_units ON units (level, id) WHERE reservation_id IS NULL;`;

const NAME_LEVELS = `
  INSERT INTO level_ids (sku, location) SELECT sku, $2 FROM unnest($1::text[]) AS skus (sku)`;

const FILL_LEVELS = `
  INSERT INTO levels (id, available, reserved, committed, unavailable, version, updated_at)
  SELECT id, $2, 0, 0, 0, 1, 0 FROM level_ids WHERE sku = ANY ($1)`;

const FILL_UNITS = `
  INSERT INTO units (level)
  SELECT id FROM level_ids CROSS JOIN generate_series(1, $2::bigint) WHERE sku = ANY ($1)`;

/** Makes Holdfast's own tables in an empty database, and puts the goods on the shelves. */
export async function stockStrategy(
  database: string,
  shelves: Shelves,
  isByUnit: boolean,
): Promise<void> {
  const client = new Client({ connectionString: database });
  await client.connect();
  try {
    await client.query(await readFile(LEDGER_SCHEMA, 'utf8'));
    await client.query(OWN_SCHEMA);
    await client.query(NAME_LEVELS, [[...OTHER_SKUS, ...allSkus(shelves)], LOCATION]);
    const fill = isByUnit ? FILL_UNITS : FILL_LEVELS;
    await client.query(fill, [OTHER_SKUS, OTHER_UNITS]);
    for (let measurement = 0; measurement < shelves.measurements; measurement++) {
      const goods = [skusOf(shelves, measurement), unitsOf(shelves, measurement)];
      await client.query(fill, goods);
    }
  } finally {
    await client.end();
  }
}
