import type { Connection } from '../../src/nodes/transport.ts';
import type { Lifetime } from '../kernel/scheduler.ts';
import { Track, type Wire } from './wire.ts';

/** One end of a connection. What was under way when it was closed may still be heard, as with real sockets. */
export class Endpoint implements Connection {
  readonly buffered = 0;
  readonly #lifetime: Lifetime;
  readonly #wire: Wire;
  readonly #track = new Track();
  #other: Endpoint | undefined;
  #isClosed = false;
  #unheard: string[] = [];
  #onText: ((text: string) => void) | undefined;
  #onClose: ((reason: string) => void) | undefined;
  /** Why it has ended, until somebody wants to know. */
  #untold: string | undefined;

  constructor(lifetime: Lifetime, wire: Wire) {
    this.#lifetime = lifetime;
    this.#wire = wire;
  }

  static pair(one: Lifetime, other: Lifetime, wire: Wire): readonly [Endpoint, Endpoint] {
    const ends = [new Endpoint(one, wire), new Endpoint(other, wire)] as const;
    ends[0].#other = ends[1];
    ends[1].#other = ends[0];
    return ends;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  isOf(lifetime: Lifetime): boolean {
    return this.#lifetime === lifetime;
  }

  send(text: string): void {
    if (this.#isClosed) return;
    this.#carry((other) => other.#hear(text));
  }

  onText(listener: (text: string) => void): void {
    this.#onText = listener;
    const unheard = this.#unheard;
    this.#unheard = [];
    for (const text of unheard) listener(text);
  }

  onClose(listener: (reason: string) => void): void {
    this.#onClose = listener;
    const reason = this.#untold;
    if (reason !== undefined) this.#lifetime.after(0, () => listener(reason));
  }

  close(reason: string): void {
    if (this.#isClosed) return;
    this.#carry((other) => other.#end(reason));
    this.#isClosed = true;
    this.#lifetime.after(0, () => this.#tellClosed(reason));
  }

  /** The process has died: the other end may hear of it. */
  abandon(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#carry((other) => other.#end('the connection was reset'));
  }

  #carry(deliver: (other: Endpoint) => void): void {
    const other = this.#other;
    if (other) this.#wire.carry(this.#track, other.#lifetime, () => deliver(other));
  }

  #hear(text: string): void {
    if (this.#onText) this.#onText(text);
    else this.#unheard.push(text);
  }

  #end(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tellClosed(reason);
  }

  #tellClosed(reason: string): void {
    if (this.#onClose) this.#onClose(reason);
    else this.#untold = reason;
  }
}
