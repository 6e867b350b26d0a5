import type { Clock, Stopwatch, Timer, Timers } from '../../src/ledger/ports.ts';
import type { Lifetime, Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seededRandom.ts';

const START = Date.UTC(2026, 0, 1);

/** What a machine shows as the time of day, and how long it takes a second to be. */
export class MachineClock implements Clock, Stopwatch {
  readonly #scheduler: Scheduler;
  /** Seconds that its quartz counts in one second. */
  readonly rate: number;
  #offsetMs: number;

  constructor(scheduler: Scheduler, rate: number, offsetMs: number) {
    this.#scheduler = scheduler;
    this.rate = rate;
    this.#offsetMs = offsetMs;
  }

  now(): number {
    return Math.floor(START + this.elapsed() + this.#offsetMs);
  }

  elapsed(): number {
    return this.#scheduler.now * this.rate;
  }

  /** An operator, or a broken time server, sets the clock. */
  jump(ms: number): void {
    this.#offsetMs += ms;
  }

  /** A right time server sets it. */
  mend(): void {
    this.#offsetMs = this.#scheduler.now * (1 - this.rate);
  }
}

/** How late a timer may be, on the average, in milliseconds. */
const LATENESS_MS = 0.2;

/** The timers of a process: a little late, as real ones are. */
export function processTimers(
  lifetime: Lifetime,
  { rate }: Pick<MachineClock, 'rate'>,
  random: SeededRandom,
): Timers {
  const after = (ms: number, action: () => void): Timer =>
    lifetime.after(ms / rate + random.around(LATENESS_MS), action);
  return {
    after,
    next: (action) => void lifetime.after(0, action),
    soon: (action) => void lifetime.after(0, action),
  };
}
