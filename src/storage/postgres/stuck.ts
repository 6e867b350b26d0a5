import { APPLICATION_NAME } from './connection.ts';
import { one, type Runner, statement } from './statement.ts';

/** As long as the database itself waits for a word from a client inside a transaction (see `transaction.ts`). */
const SILENCE_MS_MAX = 1_500;

// The database counts the silence of a client between two statements only. One whose network failed, or that was
// stopped, when the database had got the first messages of a statement and not the last ones, keeps its locks for hours:
// no time limit of PostgreSQL before version 17 ends its transaction, and there may be the lock on the head of the log
// among them. Anybody with the same role may end it.
//
// The conditions are materialized first: they could be looked at after the call that ends the session.
const END_STUCK = statement<{ pid: number }>(
  'end_stuck',
  `WITH stuck AS MATERIALIZED (
     SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND usename = current_user
       AND application_name = '${APPLICATION_NAME}'
       AND state = 'active' AND wait_event = 'ClientRead' AND backend_xid IS NOT NULL
       AND state_change < clock_timestamp() - interval '${SILENCE_MS_MAX} ms'
   )
   SELECT pid FROM stuck WHERE pg_terminate_backend(pid)`,
);

/** A commit that has waited for a lock for this long has not heard of its holder for as long. */
const SUSPICIOUS_MS = 250;

// A healthy transaction that writes is silent for a few milliseconds, while its server decides.
const FIND_SILENT = statement<{ found: boolean }>(
  'find_silent',
  `SELECT EXISTS (
     SELECT FROM pg_stat_activity
     WHERE datname = current_database() AND backend_xid IS NOT NULL
       AND (state LIKE 'idle in transaction%' OR state = 'active' AND wait_event = 'ClientRead')
       AND state_change < clock_timestamp() - interval '${SUSPICIOUS_MS} ms'
   ) AS found`,
);

/** Ends transactions of servers that fell silent in the middle of a statement. To be asked when a lock does not come. */
export class StuckTransactions {
  readonly #runner: Runner;
  #isLooking = false;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /** Begins to look, unless that is under way. Never throws: whoever needs the lock tries again, and asks again. */
  look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.end()
      .catch(() => undefined)
      .finally(() => {
        this.#isLooking = false;
      });
  }

  /** Whether there is a transaction with locks whose client has not been heard of for a while. */
  async isAnybodySilent(): Promise<boolean> {
    return (await one(this.#runner, FIND_SILENT))?.found ?? false;
  }

  /** @returns how many it has ended */
  async end(): Promise<number> {
    return (await this.#runner.run(END_STUCK)).length;
  }
}
