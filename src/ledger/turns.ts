import type { Timers } from './ports.ts';

/** A reader that was given less of the log than this goes on at once: waiting for a turn would cost more. */
export const TURN_POSITIONS = 100;

/**
 * Lets streams that are behind take turns, one page in each round of the event loop, so that however many of them there
 * are, whoever else asks the server waits for one page and not for all. A store that answers at once leaves no other
 * gap: 1,200 readers that began at the start of a log of 10,000 events kept a read of one level waiting for 51 seconds,
 * and a hub to which 1,000 new shops came at once heard none of them while it wrote to all, so that it lost them again.
 */
export class Turns {
  readonly #timers: Pick<Timers, 'soon'>;
  #last: Promise<void> = Promise.resolve();

  constructor(timers: Pick<Timers, 'soon'>) {
    this.#timers = timers;
  }

  /** Turns come in the order in which they were asked for. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => this.#timers.soon(resolve)));
    return this.#last;
  }
}
