import type { Stopwatch } from '../ledger/ports.ts';
import type { Codec, Message } from './messages.ts';
import type { Connection } from './transport.ts';

/**
 * A connection that speaks messages. Its listener may be changed as a conversation goes on; what comes while there is
 * none is held until there is one. Open until either end closes it; from then on nothing is heard or sent.
 */
export class Channel {
  readonly #connection: Connection;
  readonly #codec: Codec;
  readonly #stopwatch: Stopwatch;
  readonly #closed: Promise<string>;
  #listener: ((message: Message) => void) | null = null;
  #held: Message[] = [];
  #isOpen = true;
  #heardAt: number;

  constructor(connection: Connection, codec: Codec, stopwatch: Stopwatch) {
    this.#connection = connection;
    this.#codec = codec;
    this.#stopwatch = stopwatch;
    this.#heardAt = stopwatch.elapsed();
    this.#closed = new Promise((resolve) => {
      connection.onClose((reason) => {
        this.#isOpen = false;
        resolve(reason);
      });
    });
    connection.onText((text) => this.#hear(text));
  }

  /** Settles with the reason when the connection has ended. */
  get closed(): Promise<string> {
    return this.#closed;
  }

  /** On the stopwatch: when the peer was heard last. */
  get heardAt(): number {
    return this.#heardAt;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get buffered(): number {
    return this.#connection.buffered;
  }

  listen(listener: (message: Message) => void): void {
    this.#listener = listener;
    const held = this.#held;
    this.#held = [];
    for (const message of held) listener(message);
  }

  /** Holds what comes until somebody listens again. */
  hold(): void {
    this.#listener = null;
  }

  /** @returns the length of the message, in characters */
  send(message: Message): number {
    const text = this.#codec.encode(message);
    if (this.#isOpen) this.#connection.send(text);
    return text.length;
  }

  close(reason: string): void {
    if (this.#isOpen) this.#connection.close(reason);
  }

  #hear(text: string): void {
    if (!this.#isOpen) return;
    this.#heardAt = this.#stopwatch.elapsed();
    const message = this.#codec.decode(text);
    if (message === undefined) this.close('a message that cannot be read');
    else if (this.#listener === null) this.#held.push(message);
    else this.#listener(message);
  }
}
