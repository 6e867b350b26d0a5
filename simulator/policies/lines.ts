import { jsonCodec } from '../../src/nodes/http/codec.ts';
import type { Connection } from '../../src/nodes/transport.ts';
import type { Network } from '../network/network.ts';

const PONG = jsonCodec.encode({ type: 'pong' });

/** What only says that an end is alive. */
const SIGNS_OF_LIFE = new Set([PONG, jsonCodec.encode({ type: 'ping' })]);

/** What went over the lines, but for signs of life. */
export interface Traffic {
  messages: number;
  bytes: number;
}

/** The lines of all shops: what is said over them, and who is alive. */
export class Lines {
  readonly #network: Network;
  #ends: Tap[] = [];
  readonly traffic: Traffic = { messages: 0, bytes: 0 };

  constructor(network: Network) {
    this.#network = network;
  }

  tap(shop: string, connection: Connection): Connection {
    const end = new Tap(shop, connection, this.traffic);
    this.#ends = [...this.#ends.filter(({ isClosed }) => !isClosed), end];
    return end;
  }

  /** Over lines that are whole the ends have told each other that they live, while all machines were napping. */
  giveSignsOfLife(): void {
    for (const end of this.#ends) {
      if (!end.isClosed && this.#network.wires.get(end.shop)?.isCut === false) end.hear(PONG);
    }
  }
}

/** One end of a connection, listened in to. */
class Tap implements Connection {
  readonly shop: string;
  readonly #connection: Connection;
  readonly #traffic: Traffic;
  #onText: (text: string) => void = () => undefined;
  isClosed = false;

  constructor(shop: string, connection: Connection, traffic: Traffic) {
    this.shop = shop;
    this.#connection = connection;
    this.#traffic = traffic;
  }

  get buffered(): number {
    return this.#connection.buffered;
  }

  send(text: string): void {
    if (!SIGNS_OF_LIFE.has(text)) {
      this.#traffic.messages += 1;
      this.#traffic.bytes += Buffer.byteLength(text);
    }
    this.#connection.send(text);
  }

  onText(listener: (text: string) => void): void {
    this.#onText = listener;
    this.#connection.onText(listener);
  }

  onClose(listener: (reason: string) => void): void {
    this.#connection.onClose((reason) => {
      this.isClosed = true;
      listener(reason);
    });
  }

  close(reason: string): void {
    this.#connection.close(reason);
  }

  hear(text: string): void {
    this.#onText(text);
  }
}
