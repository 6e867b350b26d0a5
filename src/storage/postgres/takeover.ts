import { StoreUnavailableError } from '../../ledger/errors.ts';

const REPLACED =
  'another database has taken the place of the one that this server was started on, and may lack its last commits; start the server again, so that it asks the other nodes';

/**
 * Notices that a standby, or whatever else, has taken the place of the database while the server runs. What was passed to
 * other nodes last may be lost then, and only a start compares the logs (see `Incarnation`), so a server with links takes
 * nothing more from that moment on. It looks with each commit that reads anything, and what is guessed is guessed on a
 * connection on which it has looked.
 */
export class TakeoverGuard {
  readonly #replaced = Promise.withResolvers<string>();
  #wasProven = false;
  #isReplaced = false;

  /** See `Storage.replaced`. */
  get replaced(): Promise<string> {
    return this.#replaced.promise;
  }

  /**
   * @param proven whether the database is proven; null for a ledger without links
   * @throws {StoreUnavailableError} it was, and has not always been since
   */
  check(proven: boolean | null): void {
    if (proven === true) this.#wasProven = true;
    if (proven === false && this.#wasProven) this.#isReplaced = true;
    if (!this.#isReplaced) return;
    this.#replaced.resolve(REPLACED);
    throw new StoreUnavailableError(REPLACED);
  }
}
