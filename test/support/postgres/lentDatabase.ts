import { afterAll } from 'vitest';
import { connected, createTestDatabase, type PostgresDatabase } from './testDatabase.ts';

/** Everything that a ledger consists of. Rows are deleted, since to truncate a table makes a new file of it. */
const EMPTY = `
  DELETE FROM log_times; DELETE FROM commits; DELETE FROM events; DELETE FROM levels; DELETE FROM level_ids;
  DELETE FROM reservations; DELETE FROM customer_data; DELETE FROM holds; DELETE FROM transfers;
  DELETE FROM products; DELETE FROM locations; DELETE FROM idempotency_keys; DELETE FROM demand;
  DELETE FROM sweeping; DELETE FROM links; DELETE FROM shares; DELETE FROM mirror;
  UPDATE log_head SET position = 0, time = 0, frozen = NULL, frozen_at = NULL, custody = 0;
  UPDATE node SET name = $node$, incarnation = NULL`;

const free: PostgresDatabase[] = [];

/**
 * A database with an empty ledger for one test. It is emptied when it is given back, and the next test of the file has
 * it: to make a database and to remove it takes twenty times as long as the tests of one contract.
 */
export async function lendDatabase(node: string): Promise<PostgresDatabase> {
  const database = free.pop() ?? (await createTestDatabase());
  await connected(database.url, (client) =>
    client.query(EMPTY.replace('$node$', client.escapeLiteral(node))),
  );
  return {
    url: database.url,
    async drop() {
      free.push(database);
    },
  };
}

afterAll(async () => {
  for (const database of free.splice(0)) await database.drop();
});
