import { setTimeout as sleep } from 'node:timers/promises';
import type { Stamp } from '../../domain/stamp.ts';
import { OutcomeUnknownError, StoreConflictError, StoreError } from '../../ledger/errors.ts';
import type { Stopwatch } from '../../ledger/ports.ts';
import { type Address, Connection } from './connection.ts';
import { UniqueViolationError } from './errors.ts';
import { one, statement } from './statement.ts';
import type { StuckTransactions } from './stuck.ts';

/** How long it is tried to find out what became of a commit. */
const SETTLE_MS_MAX = 4_000;

/** How long one try may take: the transaction that is asked for may still be under way. */
const TRY_MS_MAX = 1_000;
const PAUSE_MS = 100;

/** First position of a row that only keeps a commit from going through. */
const FENCE = 0;

// Its age counts from now on: in a ledger that was idle for long it would be removed at once by the time of the log, and
// what was sent before it may still be on its way.
const INSERT_FENCE = statement(
  'fence',
  `INSERT INTO commits (id, first_position, time) SELECT $1, ${FENCE},
     greatest(time, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM log_head`,
);
const READ_COMMIT = statement<Stamp>(
  'commit_by_id',
  'SELECT first_position AS "firstPosition", time FROM commits WHERE id = $1',
);

export interface SettleParts {
  readonly address: Address;
  readonly stopwatch: Stopwatch;
  readonly stuck: StuckTransactions;
}

/**
 * Finds out what became of a commit whose connection broke: its id is written in its place. If that works, the
 * transaction has not gone through and never will; if the id is there already, it has. While it is still under way, the
 * database makes us wait for its end.
 * @returns the stamp of a commit that went through
 * @throws {StoreConflictError} it did not: it may be tried again
 * @throws {OutcomeUnknownError} it could not be found out in time
 */
export async function settle(
  { address, stopwatch, stuck }: SettleParts,
  commitId: string,
): Promise<Stamp> {
  const deadline = stopwatch.elapsed() + SETTLE_MS_MAX;
  for (;;) {
    try {
      return await lookUp(address, commitId);
    } catch (error) {
      if (error instanceof StoreConflictError || !(error instanceof StoreError)) throw error;
      if (stopwatch.elapsed() + TRY_MS_MAX > deadline) {
        throw new OutcomeUnknownError(`the connection broke around a commit: ${error.message}`);
      }
      // It may be waiting for a word that was lost.
      stuck.look();
      await sleep(PAUSE_MS);
    }
  }
}

async function lookUp(address: Address, commitId: string): Promise<Stamp> {
  const connection = await Connection.open(address, { answerMsMax: TRY_MS_MAX });
  try {
    const stamp = await fenceOrRead(connection, commitId);
    if (stamp && stamp.firstPosition !== FENCE) return stamp;
    throw new StoreConflictError('the connection broke before the commit went through');
  } finally {
    await connection.close();
  }
}

async function fenceOrRead(connection: Connection, commitId: string): Promise<Stamp | undefined> {
  try {
    await connection.run(INSERT_FENCE, [commitId]);
    return undefined;
  } catch (error) {
    if (!(error instanceof UniqueViolationError)) throw error;
    return one(connection, READ_COMMIT, [commitId]);
  }
}
