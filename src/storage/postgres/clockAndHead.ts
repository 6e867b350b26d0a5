import type { FreezeReason } from '../../ledger/errors.ts';
import type { Head } from '../../queries/store.ts';
import { one, type Runner, statement } from './statement.ts';

/** What the database's clock shows, and the end of the log. */
export interface ClockAndHead extends Head {
  /** Milliseconds since 1970. */
  readonly databaseMs: number;
  /** Why the ledger takes no commits; null while it does. */
  readonly frozen: FreezeReason | null;
  /** Changes with each link that is made, and with who has the goods of a location; 0 while there was never a link. */
  readonly custody: number;
}

/** Of `log_head`. */
export const CLOCK_AND_HEAD_COLUMNS = `
  floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS "databaseMs",
  position, time, frozen, custody`;

const READ = statement<ClockAndHead>(
  'clock_and_head',
  `SELECT ${CLOCK_AND_HEAD_COLUMNS} FROM log_head WHERE id = 1`,
);

export async function clockAndHead(runner: Runner): Promise<ClockAndHead> {
  const row = await one(runner, READ);
  if (!row) throw new Error('the database has lost the head of its log; it is damaged');
  return row;
}
