import type { Socket } from 'node:net';

type Parcel = { readonly dueMs: number; readonly bytes: Buffer | 'end' };

/** One direction of a connection: passes on what comes, in order, later or not at all for a while. */
export class Lane {
  readonly #from: Socket;
  readonly #deliver: (bytes: Buffer | 'end') => void;
  readonly #waiting: Parcel[] = [];
  #timer: NodeJS.Timeout | undefined;
  #delayMs = 0;
  #frozen = false;

  constructor(from: Socket, deliver: (bytes: Buffer | 'end') => void) {
    this.#from = from;
    this.#deliver = deliver;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => this.#take('end'));
  }

  set delayMs(ms: number) {
    this.#delayMs = ms;
  }

  freeze(): void {
    this.#frozen = true;
    // What comes now waits in the kernel, and the sender notices when that is full.
    this.#from.pause();
  }

  thaw(): void {
    this.#frozen = false;
    this.#from.resume();
    this.#pump();
  }

  /** Drops what is still on its way. */
  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #take(bytes: Buffer | 'end'): void {
    this.#waiting.push({ dueMs: performance.now() + this.#delayMs, bytes });
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (!this.#frozen) {
      const next = this.#waiting[0];
      if (next === undefined) return;
      const earlyMs = next.dueMs - performance.now();
      if (earlyMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), earlyMs);
        return;
      }
      this.#waiting.shift();
      this.#deliver(next.bytes);
    }
  }
}
