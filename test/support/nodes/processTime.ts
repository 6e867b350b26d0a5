import type { Timer, Timers } from '../../../src/ledger/ports.ts';

/** Timers of one process: when it is killed, nothing that it has set happens any more. */
export class ProcessTimers implements Timers {
  readonly #timers: Timers;
  #isAlive = true;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  kill(): void {
    this.#isAlive = false;
  }

  after(ms: number, action: () => void): Timer {
    return this.#timers.after(ms, this.#ifAlive(action));
  }

  next(action: () => void): void {
    this.#timers.next(this.#ifAlive(action));
  }

  soon(action: () => void): void {
    this.#timers.soon(this.#ifAlive(action));
  }

  #ifAlive(action: () => void): () => void {
    return () => {
      if (this.#isAlive) action();
    };
  }
}
