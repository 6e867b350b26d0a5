import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { DatabaseRefusedError } from '../refused.ts';
import { type Address, APPLICATION_NAME, Connection } from './connection.ts';
import { schemaVersion } from './migrate.ts';
import { one, statement } from './statement.ts';
import { TABLES } from './tables.ts';
import { SEEN_EVERY_MS } from './upkeep.ts';

const IN_USE = 'a server or another command has it open; stop that first';

/** How long a server may be late with what it is seen by: its machine is busy, or its database slow. */
const SEEN_WAIT_MS = 5 * SEEN_EVERY_MS;
const LOOK_EVERY_MS = 100;

/** How long a session may still be there whose program has ended: the database may be slow to notice. */
const ENDING_MS_MAX = 2_000;

/** How long a reset waits for somebody who is just looking at the tables, such as a backup. */
const RESET_WAIT_MS = 2_000;

const BEGIN = `
  BEGIN;
  SET LOCAL lock_timeout = ${RESET_WAIT_MS}`;

const FUNCTIONS = ['conflict_unless(boolean)', 'refuse_frozen(text)'];

const COUNT_OTHERS = statement<{ others: number }>(
  'count_others',
  `SELECT count(*) AS others FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = '${APPLICATION_NAME}'
    AND pid <> pg_backend_pid()`,
);

const READ_SWEEPING = statement<{ server: string; until: number }>(
  'read_sweeping',
  'SELECT server, until_time AS until FROM sweeping',
);

/**
 * Removes everything of ours from a database, so that the next start finds it empty. Tables of other programs stay.
 * @throws {DatabaseRefusedError} a server or another command is connected, or not all tables are known to be ours
 * @throws {StoreUnavailableError} the database cannot be reached, or somebody keeps the tables locked
 */
export async function resetPostgres(address: Address): Promise<void> {
  const connection = await Connection.open(address);
  try {
    if ((await schemaVersion(connection)) === 0) return;
    const isServedBehindPooler = !connection.ownSession && (await isServed(connection));
    if (isServedBehindPooler || !(await isAlone(connection)))
      throw new DatabaseRefusedError(IN_USE);
    await removeAll(connection);
  } finally {
    await connection.close();
  }
}

/** Behind a pooler a server may have no session of its own that could be seen, but it renews its lease for sweeping. */
async function isServed(connection: Connection): Promise<boolean> {
  const before = await connection.run(READ_SWEEPING);
  for (let looks = 0; looks < SEEN_WAIT_MS / LOOK_EVERY_MS; looks++) {
    await sleep(LOOK_EVERY_MS);
    if (!isDeepStrictEqual(await connection.run(READ_SWEEPING), before)) return true;
  }
  return false;
}

/** Looks before anything is locked, so that whoever is there is not held up. */
async function isAlone(connection: Connection): Promise<boolean> {
  for (let looks = 0; looks < ENDING_MS_MAX / LOOK_EVERY_MS; looks++) {
    if ((await countOthers(connection)) === 0) return true;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

async function countOthers(connection: Connection): Promise<number | undefined> {
  return (await one(connection, COUNT_OTHERS))?.others;
}

/**
 * A server that connects while the tables are being removed waits for the end of the transaction, and then finds none:
 * it makes them anew, or says that they are gone.
 */
async function removeAll(connection: Connection): Promise<void> {
  await connection.script(BEGIN);
  await connection.script('LOCK TABLE log_head IN ACCESS EXCLUSIVE MODE');
  if ((await countOthers(connection)) !== 0) throw new DatabaseRefusedError(IN_USE);
  await connection.script(`
    DROP TABLE IF EXISTS ${TABLES.join(', ')};
    DROP FUNCTION IF EXISTS ${FUNCTIONS.join(', ')};
    COMMIT`);
}
