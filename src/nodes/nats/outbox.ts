import { PARTS_UNDER_WAY_MAX, STORE_AGAIN_MS } from './options.ts';
import { seal } from './seal.ts';

/** Gives a piece to the broker. @throws {Error} it is not known to have stored it */
export type Store = (bytes: Uint8Array) => Promise<void>;

/**
 * Parts on their way to the stream, numbered from 1. Each is given to the broker until that says that it has stored it:
 * so it may be there twice, and after others that follow it. Sending until it is stopped.
 */
export class Outbox {
  readonly #store: Store;
  readonly #key: Uint8Array;
  readonly #waiting: Uint8Array[] = [];
  readonly #underWay = new Set<number>();
  readonly #stopped = Promise.withResolvers<void>();
  #drained: (() => void)[] = [];
  #bytes = 0;
  #last = 0;
  #isStopped = false;

  constructor(store: Store, key: Uint8Array) {
    this.#store = store;
    this.#key = key;
  }

  /** Bytes that the broker has not said to have stored. */
  get buffered(): number {
    return this.#bytes;
  }

  /** Every part up to this one is stored. */
  get storedUpTo(): number {
    return this.#underWay.size === 0 ? this.#last : Math.min(...this.#underWay) - 1;
  }

  push(part: Uint8Array): void {
    if (this.#isStopped) return;
    this.#waiting.push(part);
    this.#bytes += part.length;
    this.#pump();
  }

  /** Settles when all is stored, or it is stopped. */
  drained(): Promise<void> {
    if (this.#bytes === 0 || this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting.length = 0;
    this.#stopped.resolve();
    this.#tellDrained();
  }

  #pump(): void {
    while (this.#underWay.size < PARTS_UNDER_WAY_MAX) {
      const part = this.#waiting.shift();
      if (part === undefined) return;
      this.#last += 1;
      this.#underWay.add(this.#last);
      void this.#send(this.#last, part);
    }
  }

  async #send(number: number, part: Uint8Array): Promise<void> {
    const sealed = seal(this.#key, number, part);
    while (!this.#isStopped && !(await this.#isTaken(sealed))) {
      await Promise.race([this.#stopped.promise, pause()]);
    }
    this.#underWay.delete(number);
    this.#bytes -= part.length;
    if (this.#isStopped) return;
    this.#pump();
    if (this.#bytes === 0) this.#tellDrained();
  }

  async #isTaken(sealed: Uint8Array): Promise<boolean> {
    try {
      await this.#store(sealed);
      return true;
    } catch {
      // Whoever watches the connection sees that nothing is stored any more.
      return false;
    }
  }

  #tellDrained(): void {
    for (const resolve of this.#drained) resolve();
    this.#drained = [];
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, STORE_AGAIN_MS);
  });
}
