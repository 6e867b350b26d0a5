import { BYTES_AHEAD_MAX, PARTS_AHEAD_MAX } from './options.ts';
import { type Assembled, Assembler } from './parts.ts';
import { numberOf, open } from './seal.ts';

/** What the parts that have come make up. */
export type Arrived = Exclude<Assembled, { readonly kind: 'nothing' }> | { readonly kind: 'lost' };

/**
 * Puts parts into their order, each once, whoever has sent them again. What the peer has not sealed changes nothing.
 */
export class Inbox {
  readonly #key: Uint8Array;
  readonly #assembler = new Assembler();
  /** Parts that have come before one that they follow. */
  readonly #ahead = new Map<number, Uint8Array>();
  #bytesAhead = 0;
  #next = 1;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Every part up to this one has come. */
  get heardUpTo(): number {
    return this.#next - 1;
  }

  /** @returns whether it is a piece of the peer that was not there before, and what can be read now */
  take(bytes: Uint8Array): { readonly isNew: boolean; readonly arrived: readonly Arrived[] } {
    const opened = this.#isExpected(numberOf(bytes)) ? open(this.#key, bytes) : undefined;
    if (opened === undefined) return { isNew: false, arrived: [] };
    this.#ahead.set(opened.number, opened.content);
    this.#bytesAhead += opened.content.length;
    const arrived = this.#read();
    const isTooMuch = this.#ahead.size > PARTS_AHEAD_MAX || this.#bytesAhead > BYTES_AHEAD_MAX;
    if (isTooMuch) arrived.push({ kind: 'lost' });
    return { isNew: true, arrived };
  }

  /** Most pieces come twice: what was heard is not opened again. */
  #isExpected(number: number | undefined): boolean {
    return number !== undefined && number >= this.#next && !this.#ahead.has(number);
  }

  #read(): Arrived[] {
    const arrived: Arrived[] = [];
    for (let part = this.#ahead.get(this.#next); part; part = this.#ahead.get(this.#next)) {
      this.#ahead.delete(this.#next);
      this.#bytesAhead -= part.length;
      this.#next += 1;
      const assembled = this.#assembler.take(part);
      if (assembled.kind !== 'nothing') arrived.push(assembled);
    }
    return arrived;
  }
}
