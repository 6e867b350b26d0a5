import { randomFillSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock, Randomness, Stopwatch, Timers } from '../ledger/ports.ts';
import { Arrivals } from './arrivals.ts';

/** The ports of the ledger as this machine fills them. */
export interface Runtime {
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly timers: Timers;
  readonly random: Randomness;
  /** What `timers.soon` goes by; a server is to be watched from before it listens. */
  readonly arrivals: Arrivals;
}

/** The longest time that Node can wait; a longer one would be over at once. */
const TIMER_MS_MAX = 2_147_483_647;

/** Random bytes are drawn in advance: one call for each id would cost more than the rest of it. */
const POOL_BYTES = 8_192;

export function createRuntime(): Runtime {
  const stopwatch = { elapsed: () => performance.now() };
  const arrivals = new Arrivals(stopwatch);
  return {
    clock: { now: () => Date.now() },
    stopwatch,
    timers: {
      after(ms, action) {
        const timer = setTimeout(action, Math.min(Math.max(ms, 0), TIMER_MS_MAX));
        return { cancel: () => clearTimeout(timer) };
      },
      next: (action) => void setImmediate(action),
      soon: (action) => arrivals.soon(action),
    },
    random: createRandomness(),
    arrivals,
  };
}

function createRandomness(): Randomness {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return {
    fraction: () => Math.random(),
    bytes(count) {
      if (count > POOL_BYTES) return randomFillSync(new Uint8Array(count));
      if (used + count > POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      used += count;
      return pool.slice(used - count, used);
    },
  };
}
