/** The lock of the memory engine. */
export interface TurnTaker {
  /** Runs `work` when all that asked before have ended, well or badly. */
  take<T>(work: () => Promise<T>): Promise<T>;
}

/** Lets one at a time in, in the order of asking. */
export class Turns implements TurnTaker {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
