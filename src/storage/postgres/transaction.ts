import type { Connection } from './connection.ts';
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

const BEGIN = statement('begin', 'BEGIN ISOLATION LEVEL READ COMMITTED');
const COMMIT = statement('commit', 'COMMIT');
const ROLLBACK = statement('rollback', 'ROLLBACK');

/**
 * For this transaction only: behind a pooler the next one may be on another connection of the server.
 *
 * All that a commit reads it finds by an index. The planner would rather read whole tables while these are small, or
 * seem so because nobody has counted their rows yet, and a prepared statement keeps its plan while they grow.
 */
const SET_UP = statement(
  'set_up',
  `SELECT set_config('lock_timeout', '${LOCK_WAIT_MS_MAX}', true),
          set_config('statement_timeout', '${STATEMENT_MS_MAX}', true),
          set_config('idle_in_transaction_session_timeout', '${SILENCE_MS_MAX}', true),
          set_config('jit', 'off', true),
          set_config('plan_cache_mode', 'force_generic_plan', true),
          set_config('enable_seqscan', 'off', true),
          set_config('enable_hashjoin', 'off', true),
          set_config('enable_mergejoin', 'off', true)`,
);

/** Begins a transaction without waiting for it; what is sent next on the connection is part of it. */
export function begin(connection: Connection): Promise<unknown> {
  return Promise.all([connection.run(BEGIN), connection.run(SET_UP)]);
}

/** @returns when all that was sent before is durable; where any of it has failed, it is undone instead, in silence */
export function commit(connection: Connection): Promise<unknown> {
  return connection.run(COMMIT);
}

/** Gives up a transaction without waiting for it. Where that cannot be said, the connection is of no more use. */
export function rollback(connection: Connection): void {
  connection.run(ROLLBACK).catch(() => connection.destroy());
}
