import { createHash } from 'node:crypto';
import type { Randomness } from '../../../ledger/ports.ts';

/**
 * Chance that hangs on a seed and on what it is drawn for, and on nothing that was drawn before: a run of fewer days or
 * with another policy meets the same weather and the same buyers.
 */
export class Draws {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Uniform in [0, 1), always the same for the same words. */
  fraction(...words: readonly (string | number)[]): number {
    return this.#digest(words).readUIntBE(0, FRACTION_BYTES) / 2 ** (8 * FRACTION_BYTES);
  }

  /** An endless row of random numbers under one name. */
  row(name: string): Randomness {
    let drawn = 0;
    return {
      fraction: () => this.fraction(name, drawn++),
      bytes: (count) => this.#bytes(count, () => [name, drawn++]),
    };
  }

  #bytes(count: number, nextWords: () => readonly (string | number)[]): Uint8Array {
    const digests = Array.from({ length: Math.ceil(count / DIGEST_BYTES) }, () =>
      this.#digest(nextWords()),
    );
    return Uint8Array.from(Buffer.concat(digests).subarray(0, count));
  }

  #digest(words: readonly (string | number)[]): Buffer {
    return createHash('sha256')
      .update(JSON.stringify([this.#seed, ...words]))
      .digest();
  }
}

const FRACTION_BYTES = 6;
const DIGEST_BYTES = 32;
