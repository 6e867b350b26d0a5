import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QueryStore } from '../../src/queries/store.ts';
import { ReadPool, readAddress } from '../../src/storage/postgres/connection.ts';
import { PostgresQueryStore } from '../../src/storage/postgres/queries.ts';
import { ManualClock } from '../support/contractClock.ts';
import { feed } from '../support/contractFeed.ts';
import { createPostgresDatabase, type PostgresTestDatabase } from '../support/contractPostgres.ts';
import { line, move, product, reserve, shop } from '../support/contractRows.ts';
import { connected } from '../support/postgres/testDatabase.ts';

let database: PostgresTestDatabase;
let queries: QueryStore;

beforeEach(async () => {
  database = await createPostgresDatabase({ node: 'leeds', clock: new ManualClock() });
  const storage = await database.open();
  await feed(storage.ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 9)]);
  await feed(storage.ledger, [reserve('r1', line('A', 'x', 1))]);
  await storage.close();
  queries = new PostgresQueryStore(new ReadPool(readAddress(database.url), 1));
});

afterEach(async () => {
  await queries.close();
  await database.remove();
});

describe('the names of levels', () => {
  it('are remembered on a connection, and read again on another: it may be another server', async () => {
    expect(await locationOfR1()).toBe('x');
    await run("UPDATE level_ids SET location = 'another'");
    expect(await locationOfR1()).toBe('x');
    await run(`
      SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
    // A read that is sent before this side has noticed fails; the one after it has a new connection.
    const location = await locationOfR1().catch(() => locationOfR1());
    expect(location).toBe('another');
  });
});

async function locationOfR1(): Promise<string | undefined> {
  return (await queries.reservation('r1'))?.lines[0]?.location;
}

async function run(sql: string): Promise<void> {
  await connected(database.url, (client) => client.query(sql));
}
