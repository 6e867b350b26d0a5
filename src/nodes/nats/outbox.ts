import {
  BYTES_UNDER_WAY_MAX,
  LIVE_BYTES_MAX,
  PARTS_UNDER_WAY_MAX,
  STORE_AGAIN_MS,
} from './options.ts';
import { seal } from './seal.ts';

/** The two ways that a piece can take. */
export interface Ways {
  /** Gives it to the stream. @throws {Error} that is not known to have stored it */
  store(bytes: Uint8Array): Promise<void>;
  /** Sends it to whoever listens just now, or loses it. */
  hurry(bytes: Uint8Array): void;
}

/**
 * Parts on their way to the peer, numbered from 1. Each is given to the stream until that says that it has stored it, or
 * the peer that it has heard it: so it may come twice, and after others that follow it. Sending until it is stopped.
 */
export class Outbox {
  readonly #ways: Ways;
  readonly #key: Uint8Array;
  readonly #waiting: Uint8Array[] = [];
  /** Bytes of those that were sent and are neither stored nor heard, by number, in order. */
  readonly #underWay = new Map<number, number>();
  readonly #stopped = Promise.withResolvers<void>();
  #drained: (() => void)[] = [];
  #bytes = 0;
  #bytesUnderWay = 0;
  #last = 0;
  #isStopped = false;

  constructor(ways: Ways, key: Uint8Array) {
    this.#ways = ways;
    this.#key = key;
  }

  /** Bytes that are neither stored nor heard. */
  get buffered(): number {
    return this.#bytes;
  }

  /** Every part up to this one is stored or heard. */
  get doneUpTo(): number {
    const [first] = this.#underWay.keys();
    return first === undefined ? this.#last : first - 1;
  }

  push(part: Uint8Array): void {
    if (this.#isStopped) return;
    this.#waiting.push(part);
    this.#bytes += part.length;
    this.#pump();
  }

  /** The peer has every part up to this one. */
  heard(upTo: number): void {
    for (const number of this.#underWay.keys()) {
      if (number > upTo) return;
      this.#finish(number);
    }
  }

  /** Settles when everything is stored or heard, or it is stopped. */
  drained(): Promise<void> {
    if (this.#bytes === 0 || this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting.length = 0;
    this.#underWay.clear();
    this.#bytes = 0;
    this.#stopped.resolve();
    this.#tellDrained();
  }

  #pump(): void {
    while (this.#maySend()) {
      const part = this.#waiting.shift();
      if (part === undefined) return;
      this.#last += 1;
      this.#underWay.set(this.#last, part.length);
      this.#bytesUnderWay += part.length;
      void this.#send(this.#last, part);
    }
  }

  #maySend(): boolean {
    const span = this.#last - this.doneUpTo;
    return span < PARTS_UNDER_WAY_MAX && this.#bytesUnderWay < BYTES_UNDER_WAY_MAX;
  }

  async #send(number: number, part: Uint8Array): Promise<void> {
    const sealed = seal(this.#key, number, part);
    if (part.length <= LIVE_BYTES_MAX) this.#ways.hurry(sealed);
    while (this.#underWay.has(number) && !(await this.#isStored(sealed))) {
      await Promise.race([this.#stopped.promise, pause()]);
    }
    this.#finish(number);
  }

  async #isStored(sealed: Uint8Array): Promise<boolean> {
    try {
      await this.#ways.store(sealed);
      return true;
    } catch {
      // Whoever watches the connection sees that nothing is stored any more.
      return false;
    }
  }

  #finish(number: number): void {
    const bytes = this.#underWay.get(number);
    if (bytes === undefined) return;
    this.#underWay.delete(number);
    this.#bytesUnderWay -= bytes;
    this.#bytes -= bytes;
    this.#pump();
    if (this.#bytes === 0) this.#tellDrained();
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
