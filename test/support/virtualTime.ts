import { SeededRandom } from '../../simulator/kernel/seededRandom.ts';
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

/** Random numbers that are the same in every run. */
export function seededRandom(seed: number): Randomness {
  const random = new SeededRandom(seed);
  // Members of their own, for tests take them apart.
  return { fraction: () => random.fraction(), bytes: (count) => random.bytes(count) };
}
