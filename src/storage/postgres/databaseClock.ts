import type { Clock, Stopwatch } from '../../ledger/ports.ts';
import { steadyClock } from '../../ledger/steadyClock.ts';
import type { Head } from '../../queries/store.ts';

export interface DatabaseClockSources {
  /** Of this machine. */
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  /** Told of each jump ahead of the database's clock, in milliseconds. */
  readonly onJump: (aheadMs: number) => void;
}

/**
 * The time of a ledger whose servers share one database: that database's clock, which each commit reads anyway, made
 * steady (see `steadyClock.ts`), and never before the newest time of the log.
 */
export class DatabaseClock {
  readonly #sources: DatabaseClockSources;
  #reading = 0;
  #steady: Clock | undefined;

  constructor(sources: DatabaseClockSources) {
    this.#sources = sources;
  }

  /**
   * @param databaseMs what the database's clock showed just now, milliseconds since 1970
   * @param head the end of the log as of then
   * @returns the ledger's time, milliseconds since 1970
   */
  at(databaseMs: number, head: Head): number {
    const steady = this.#steady ?? this.#begin(databaseMs, head);
    this.#reading = databaseMs;
    return Math.max(steady.now(), head.time);
  }

  /**
   * A server that joins while the database's clock is wrong must not believe it: of the three times that it knows it
   * takes the middle one, so no single wrong one counts. An empty log says nothing.
   */
  #begin(databaseMs: number, head: Head): Clock {
    const { clock, stopwatch, onJump } = this.#sources;
    const known = [databaseMs, clock.now(), head.time].sort((a, b) => a - b);
    this.#reading = head.position === 0 ? databaseMs : (known[1] ?? databaseMs);
    this.#steady = steadyClock({ now: () => this.#reading }, stopwatch, onJump);
    return this.#steady;
  }
}
