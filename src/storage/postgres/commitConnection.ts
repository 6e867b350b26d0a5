import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  type IPolicy,
} from 'cockatiel';
import { StoreUnavailableError } from '../../ledger/errors.ts';
import type { Address, Connection } from './connection.ts';
import { openForCommits } from './transaction.ts';

/** After so many failures in a row nobody waits for another try, */
const FAILURES_MAX = 3;
/** for this long. */
const PAUSE_MS = 1_000;

/** The one connection that commits go over, one after the other; opened when it is needed, and again after it has broken. */
export class CommitConnection {
  readonly #address: Address;
  readonly #breaker: IPolicy = circuitBreaker(handleAll, {
    halfOpenAfter: PAUSE_MS,
    breaker: new ConsecutiveBreaker(FAILURES_MAX),
  });
  #connection: Connection | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(address: Address) {
    this.#address = address;
  }

  /**
   * Has the connection to itself for as long as `work` takes.
   * @throws {StoreUnavailableError} at once while the database was unreachable a moment ago
   */
  use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => work(await this.#get()));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#connection?.close();
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
