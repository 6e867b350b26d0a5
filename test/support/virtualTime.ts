import type { Randomness } from '../../src/ledger/ports.ts';
import { StandingTime } from './standingTime.ts';

/** Time that stands still until a test moves it, with a clock that can be set apart from the stopwatch and timers. */
export class VirtualTime extends StandingTime {
  #offsetMs = Date.UTC(2026, 0, 1);

  override now(): number {
    return Math.floor(super.now() + this.#offsetMs);
  }

  override elapsed(): number {
    return super.now();
  }

  override soon(action: () => void): void {
    setImmediate(action);
  }

  /** Sets the clock alone, as an operator or a broken time server would. */
  setClock(wall: number): void {
    this.#offsetMs = wall - super.now();
  }

  override async advance(ms: number): Promise<void> {
    await settle();
    await super.advance(ms);
    await settle();
  }
}

/** Rounds of the event loop after which work that waits for nothing but itself has come to rest. */
const ROUNDS = 20;

/** Lets everything that needs no timer finish. */
export async function settle(): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Random numbers that are the same in every run (mulberry32). */
export function seededRandom(seed: number): Randomness {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    fraction,
    bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(fraction() * 256)),
  };
}
