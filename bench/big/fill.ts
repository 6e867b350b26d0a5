import { Client } from 'pg';
import { fillStatements, historyOf, type Size } from './history.ts';

/** Tables that grow with history. Rows go in faster before there are indexes, and the indexes come out in better shape. */
const LARGE = ['events', 'reservations', 'levels', 'level_ids'];

const READ_CONSTRAINTS = `
  SELECT conrelid::regclass AS table, conname AS name, pg_get_constraintdef(oid) AS definition
  FROM pg_constraint
  WHERE conrelid = ANY ($1::regclass[]) AND contype IN ('p', 'u')`;

/** Those that no constraint has made. */
const READ_INDEXES = `
  SELECT pg_index.indexrelid::regclass AS name, pg_get_indexdef(pg_index.indexrelid) AS definition
  FROM pg_index
  WHERE indrelid = ANY ($1::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = pg_index.indexrelid)`;

interface Constraint {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

type Index = Omit<Constraint, 'table'>;

/** Of the one session that fills: nothing of it has to survive a crash. */
const SETTINGS = [
  'SET synchronous_commit = off',
  `SET maintenance_work_mem = '1GB'`,
  'SET max_parallel_maintenance_workers = 2',
];

/**
 * Fills a ledger that was just made with a history of this size, inside the server.
 * @returns how many events it has
 */
export async function fillLedger(database: string, size: Size): Promise<number> {
  const client = new Client({ connectionString: database });
  await client.connect();
  try {
    for (const setting of SETTINGS) await client.query(setting);
    const history = historyOf(size, Date.now());
    const restore = await dropIndexes(client);
    for (const text of fillStatements(size, history)) await client.query(text);
    await restore();
    await client.query('VACUUM (FREEZE, ANALYZE)');
    return history.events;
  } finally {
    await client.end();
  }
}

/** @returns what makes them again */
async function dropIndexes(client: Client): Promise<() => Promise<void>> {
  const { rows: constraints } = await client.query<Constraint>(READ_CONSTRAINTS, [LARGE]);
  const { rows: indexes } = await client.query<Index>(READ_INDEXES, [LARGE]);
  for (const { table, name } of constraints) {
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  }
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  return async () => {
    for (const { table, name, definition } of constraints) {
      await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
    }
    for (const { definition } of indexes) await client.query(definition);
  };
}
