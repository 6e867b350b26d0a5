import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/start/runtime.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open.ts';
import { feed } from '../support/contractFeed.ts';
import { product } from '../support/contractRows.ts';
import { type PostgresServer, startPostgres } from '../support/postgres/server.ts';

const START_MS_MAX = 60_000;

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: 'off' } });
}, START_MS_MAX);

afterAll(() => server.close());

async function asked<Row extends object>(text: string): Promise<Row[]> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('a database that is told to forget', () => {
  it('is warned of where no session can make it good', async () => {
    const warnings: string[] = [];
    const storage = await openPostgresStorage({
      url: server.url,
      machine: createRuntime(),
      onWarning: (message) => warnings.push(message),
    });
    await storage.close();
    expect(warnings).toEqual([expect.stringContaining('fsync=off')]);
  });

  it('waits for the disk all the same when only the role is told so', async () => {
    await asked('ALTER ROLE CURRENT_USER SET synchronous_commit = off');
    const storage = await openPostgresStorage({ url: server.url, machine: createRuntime() });
    await feed(storage.ledger, [product('A')]);
    // What the session of the commits goes by, seen from within: its own setting is part of what it writes.
    await asked(`CREATE TABLE seen (setting text)`);
    await asked(`CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$`);
    await asked('CREATE TRIGGER see BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION see()');
    await feed(storage.ledger, [product('B')]);
    await storage.close();
    expect(await asked('SELECT setting FROM seen')).toEqual([{ setting: 'on' }]);
  });
});
