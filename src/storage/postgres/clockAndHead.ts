import type { FreezeReason } from '../../ledger/errors.ts';
import type { Head } from '../../queries/store.ts';
import { one, type Runner, statement } from './statement.ts';

const READ = statement<Columns>(
  'clock_and_head',
  `SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS "databaseMs",
     position, time, frozen
   FROM log_head WHERE id = 1`,
);

type Columns = Head & { readonly databaseMs: number; readonly frozen: FreezeReason | null };

/** What the database's clock shows, and the end of the log. */
export interface ClockAndHead {
  /** Milliseconds since 1970. */
  readonly databaseMs: number;
  readonly head: Head;
  /** Why the ledger takes no commits; null while it does. */
  readonly frozen: FreezeReason | null;
}

export async function clockAndHead(runner: Runner): Promise<ClockAndHead> {
  const row = await one(runner, READ);
  if (!row) throw new Error('the database has lost the head of its log; it is damaged');
  const { databaseMs, position, time, frozen } = row;
  return { databaseMs, head: { position, time }, frozen };
}
