import { randomFillSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock, Randomness, Stopwatch, Timers } from '../ledger/ports.ts';

/** The ports of the ledger as this machine fills them. */
export interface Runtime {
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly timers: Timers;
  readonly random: Randomness;
}

/** The longest time that Node can wait; a longer one would be over at once. */
const TIMER_MS_MAX = 2_147_483_647;

/** Random bytes are drawn in advance: one call for each id would cost more than the rest of it. */
const POOL_BYTES = 8_192;

export function createRuntime(): Runtime {
  return {
    clock: { now: () => Date.now() },
    stopwatch: { elapsed: () => performance.now() },
    timers: {
      after(ms, action) {
        const timer = setTimeout(action, Math.min(Math.max(ms, 0), TIMER_MS_MAX));
        return { cancel: () => clearTimeout(timer) };
      },
      soon(action) {
        setImmediate(action);
      },
    },
    random: createRandomness(),
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
