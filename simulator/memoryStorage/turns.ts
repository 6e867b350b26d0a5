/** Lets one at a time in, in the order of asking: the lock of the memory engine. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all that asked before have ended, well or badly. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
