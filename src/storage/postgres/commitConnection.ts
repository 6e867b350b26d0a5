import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  type IPolicy,
} from 'cockatiel';
import { StoreUnavailableError } from '../../ledger/errors.ts';
import type { Stopwatch } from '../../ledger/ports.ts';
import type { Address, Connection } from './connection.ts';
import { statement } from './statement.ts';
import { openForCommits } from './transaction.ts';

/** After so many failures in a row nobody waits for another try, */
const FAILURES_MAX = 3;
/** for this long. */
const PAUSE_MS = 1_000;

/**
 * How long a plan is kept. One that was made while a table was empty may read all of it once it has grown, and nobody
 * else would have it made anew before the table's rows are counted, which takes minutes.
 */
const PLAN_LIFE_MS = 1_000;

const DISCARD_PLANS = statement('discard_plans', 'DISCARD PLANS');

/** The one connection that commits go over, one after the other; opened when it is needed, and again after it has broken. */
export class CommitConnection {
  readonly #address: Address;
  readonly #stopwatch: Stopwatch;
  readonly #breaker: IPolicy = circuitBreaker(handleAll, {
    halfOpenAfter: PAUSE_MS,
    breaker: new ConsecutiveBreaker(FAILURES_MAX),
  });
  #connection: Connection | undefined;
  #last: Promise<unknown> = Promise.resolve();

  #plannedAt: number;

  constructor(address: Address, stopwatch: Stopwatch) {
    this.#address = address;
    this.#stopwatch = stopwatch;
    this.#plannedAt = stopwatch.elapsed();
  }

  /**
   * Has the connection to itself for as long as `work` takes.
   * @throws {StoreUnavailableError} at once while the database was unreachable a moment ago
   */
  use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      const connection = await this.#get();
      this.#renewPlans(connection);
      return work(connection);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#connection?.close();
  }

  /** Sent ahead of what follows on the connection; if it fails, so does that. */
  #renewPlans(connection: Connection): void {
    const now = this.#stopwatch.elapsed();
    if (!connection.ownSession || now - this.#plannedAt < PLAN_LIFE_MS) return;
    this.#plannedAt = now;
    connection.run(DISCARD_PLANS).catch(() => undefined);
  }

  async #get(): Promise<Connection> {
    if (this.#connection?.usable) return this.#connection;
    try {
      this.#connection = await this.#breaker.execute(() => openForCommits(this.#address));
      return this.#connection;
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      throw new StoreUnavailableError('the database could not be reached a moment ago');
    }
  }
}
