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

/** How old a reading of the database's clock may be to go on from. */
const READING_AGE_MS_MAX = 1_000;

/** The ledger's time, in milliseconds since 1970. */
export interface LedgerTime {
  /**
   * @param databaseMs what the database's clock showed just now
   * @param head the end of the log as of then
   */
  at(databaseMs: number, head: Head): number;
  /** About what `at` would say; undefined when the database's clock was not looked at for a while. */
  estimate(): number | undefined;
}

/** The time of a ledger that goes by a clock that it is given. */
export class GivenTime implements LedgerTime {
  readonly #clock: Clock;
  #headTime = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  at(_: number, head: Head): number {
    this.#headTime = Math.max(this.#headTime, head.time);
    return this.estimate();
  }

  estimate(): number {
    return Math.max(this.#clock.now(), this.#headTime);
  }
}

/**
 * The time of a ledger whose servers share one database: that database's clock, which each commit reads anyway, made
 * steady (see `steadyClock.ts`), and never before the newest time of the log.
 */
export class DatabaseClock implements LedgerTime {
  readonly #sources: DatabaseClockSources;
  #reading = 0;
  #readAt = Number.NEGATIVE_INFINITY;
  #time = 0;
  #headTime = 0;
  #steady: Clock | undefined;

  constructor(sources: DatabaseClockSources) {
    this.#sources = sources;
  }

  at(databaseMs: number, head: Head): number {
    const steady = this.#steady ?? this.#begin(databaseMs, head);
    this.#reading = databaseMs;
    this.#readAt = this.#sources.stopwatch.elapsed();
    this.#headTime = Math.max(this.#headTime, head.time);
    this.#time = steady.now();
    return Math.max(this.#time, this.#headTime);
  }

  estimate(): number | undefined {
    const ageMs = this.#sources.stopwatch.elapsed() - this.#readAt;
    if (ageMs > READING_AGE_MS_MAX) return undefined;
    return Math.max(Math.floor(this.#time + ageMs), this.#headTime);
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
