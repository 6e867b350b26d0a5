import type { Stopwatch } from '../ledger/ports.ts';

/** One open stream. */
export class Reader {
  /** Everything up to here was handed out or does not match. */
  position: number;
  /** When the consumer was given an item that it is still busy with, on the stopwatch; null while it waits for news. */
  handedAt: number | null = null;

  constructor(position: number) {
    this.position = position;
  }
}

/** How the open streams fare, for metrics. */
export interface FeedStatus {
  readonly streams: number;
  /** Events between the slowest stream and the end of the log. */
  readonly lagMax: number;
  /** How long the slowest consumer has been busy with what it was given. A large one is a stalled reader. */
  readonly stalledMsMax: number;
}

/** All open streams. */
export class Readers {
  readonly #open = new Set<Reader>();
  readonly #stopwatch: Stopwatch;

  constructor(stopwatch: Stopwatch) {
    this.#stopwatch = stopwatch;
  }

  open(position: number): Reader {
    const reader = new Reader(position);
    this.#open.add(reader);
    return reader;
  }

  close(reader: Reader): void {
    this.#open.delete(reader);
  }

  status(tip: number): FeedStatus {
    const now = this.#stopwatch.elapsed();
    let lagMax = 0;
    let stalledMsMax = 0;
    for (const { position, handedAt } of this.#open) {
      lagMax = Math.max(lagMax, tip - position);
      stalledMsMax = Math.max(stalledMsMax, handedAt === null ? 0 : now - handedAt);
    }
    return { streams: this.#open.size, lagMax, stalledMsMax };
  }
}
