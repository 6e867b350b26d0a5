import { invariant } from '../../src/domain/invariant.ts';
import type { Randomness } from '../../src/ledger/ports.ts';

/** Random numbers that are the same in every run (mulberry32). */
export class SeededRandom implements Randomness {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => Math.floor(this.fraction() * 256));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  /** Around `mean`, never negative, now and then much more (exponentially distributed). */
  around(mean: number): number {
    return -Math.log(1 - this.fraction()) * mean;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.fraction() * items.length)];
    invariant(item !== undefined, 'there is something to pick from');
    return item;
  }

  /** One of the keys, as often as its weight says. */
  weighed<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries<number>(weights);
    const sum = entries.reduce((total, [, weight]) => total + weight, 0);
    let left = this.fraction() * sum;
    const found = entries.find(([, weight]) => {
      left -= weight;
      return left < 0;
    });
    const [name] = found ?? this.pick(entries);
    return name as K;
  }

  /** A generator of its own: what it draws does not change what this one draws later. */
  fork(): SeededRandom {
    return new SeededRandom(Math.floor(this.fraction() * 2 ** 32));
  }
}
