import { type Address, Connection } from './connection.ts';
import { statement } from './statement.ts';

/**
 * How long a commit waits for a row that another server holds. Healthy servers hold rows for some 10 ms; the commit
 * then finds out which rows it cannot have, and does without them.
 */
const LOCK_WAIT_MS_MAX = 250;

/** How long the server works at one statement. */
const STATEMENT_MS_MAX = 2_000;

/** After this long without a word from us the server ends our transaction: we may have been stopped or cut off. */
const SILENCE_MS_MAX = 1_500;

/** A commit of more rows than this is given more time, */
const LARGE_ROWS = 5_000;
/** by so much for each. */
const MS_PER_ROW = 1;

const BEGIN = statement('begin', 'BEGIN ISOLATION LEVEL READ COMMITTED');
const COMMIT = statement('commit', 'COMMIT');
const ROLLBACK = statement('rollback', 'ROLLBACK');

/**
 * All that a commit reads it finds by an index. The planner would rather read whole tables while these are small, or
 * seem so because nobody has counted their rows yet, and a prepared statement keeps its plan while they grow.
 */
const SETTINGS = {
  lock_timeout: LOCK_WAIT_MS_MAX,
  statement_timeout: STATEMENT_MS_MAX,
  idle_in_transaction_session_timeout: SILENCE_MS_MAX,
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
};

/** What a database or role is set to may be stronger, but not weaker: what is answered must survive a crash. */
const DURABLE = `
  set_config('synchronous_commit', CASE
    WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on'
    ELSE current_setting('synchronous_commit')
  END, `;

const SET_ALLOWANCE = statement(
  'set_allowance',
  `SELECT set_config('statement_timeout', $1, true),
          set_config('idle_in_transaction_session_timeout', $2, true)`,
);

const SET_UP_SESSION = statement('set_up_session', setUp(false));
const SET_UP_TRANSACTION = statement('set_up_transaction', setUp(true));

function setUp(isLocal: boolean): string {
  const calls = Object.entries(SETTINGS).map(
    ([name, value]) => `set_config('${name}', '${value}', ${isLocal})`,
  );
  return `SELECT ${calls.join(', ')}, ${DURABLE} ${isLocal})`;
}

/** Opens a connection for commits. */
export async function openForCommits(address: Address): Promise<Connection> {
  const connection = await Connection.open(address);
  if (connection.ownSession) await connection.run(SET_UP_SESSION);
  return connection;
}

/**
 * Begins a transaction without waiting for it; what is sent next on the connection is part of it. Behind a pooler each
 * transaction may be on another connection of the server, so each is set up by itself.
 * @param rows about how many it will deal with
 */
export async function begin(connection: Connection, rows: number): Promise<void> {
  connection.allow(0);
  await Promise.all([
    connection.run(BEGIN),
    !connection.ownSession && connection.run(SET_UP_TRANSACTION),
    allowFor(connection, rows),
  ]);
}

/** Gives the rest of a transaction more time when it turns out to have many rows. */
export async function allowFor(connection: Connection, rows: number): Promise<void> {
  if (rows <= LARGE_ROWS) return;
  const moreMs = rows * MS_PER_ROW;
  connection.allow(moreMs);
  await connection.run(SET_ALLOWANCE, [
    `${STATEMENT_MS_MAX + moreMs}`,
    `${SILENCE_MS_MAX + moreMs}`,
  ]);
}

/** @returns when all that was sent before is durable; where any of it has failed, it is undone instead, in silence */
export function commit(connection: Connection): Promise<unknown> {
  return connection.run(COMMIT);
}

/** Gives up a transaction without waiting for it. Where that cannot be said, the connection is of no more use. */
export function rollback(connection: Connection): void {
  connection.run(ROLLBACK).catch(() => connection.destroy());
}
