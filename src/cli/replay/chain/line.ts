import { Buffer } from 'node:buffer';
import type { Hub } from '../../../nodes/hub.ts';
import { type Connection, type Dialer, DialRefusedError } from '../../../nodes/transport.ts';
import type { ChainTime, MachineTime } from './chainTime.ts';

/** How long a message is under way. */
const LATENCY_MS = 10;

/** How many of them are sent hangs on how much of the time is lived, and not on what is sold. */
const SIGN_OF_LIFE = /^\{"type":"p[io]ng"/;

/** The call was broken off: the chain is being taken apart. */
export class LineGivenUpError extends Error {
  override readonly name = 'LineGivenUpError';
}

/** What was sent over lines but for signs of life. Bytes as the messages are, before anything compresses them. */
export interface Traffic {
  messages: number;
  bytes: number;
}

export interface LineOptions {
  /** The shop's. */
  readonly node: string;
  readonly hub: Hub;
  readonly time: ChainTime;
  readonly machines: { readonly hub: MachineTime; readonly shop: MachineTime };
  readonly traffic: Traffic;
}

/**
 * What joins a shop to its hub in this process: `whole`, or `cut`. A cut ends what was connected, loses what was under
 * way, and lets a shop that calls wait until the line is whole again.
 */
export class Line implements Dialer {
  readonly #options: LineOptions;
  #ends: readonly LineEnd[] = [];
  #whole = Promise.withResolvers<void>();
  #isCut = false;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#whole.resolve();
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  async dial(secret: string): Promise<Connection> {
    const { node, hub } = this.#options;
    await this.#whole.promise;
    if (!(await hub.authenticate(node, secret))) {
      throw new DialRefusedError('the hub does not know the node, or its secret');
    }
    const [here, there] = this.#connect();
    hub.accept(node, there);
    return here;
  }

  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#whole = Promise.withResolvers();
    // Where nobody calls, nobody waits for it.
    this.#whole.promise.catch(() => undefined);
    for (const end of this.#ends) end.end('the line was cut');
  }

  mend(): void {
    this.#isCut = false;
    this.#whole.resolve();
  }

  /** Whoever still waits to be let through need not. */
  giveUp(): void {
    this.#whole.reject(new LineGivenUpError('the line is given up'));
  }

  #connect(): readonly [LineEnd, LineEnd] {
    const { machines } = this.#options;
    const here: LineEnd = new LineEnd(this.#options, machines.shop, () => there);
    const there = new LineEnd(this.#options, machines.hub, () => here);
    this.#ends = [here, there];
    return [here, there];
  }
}

class LineEnd implements Connection {
  readonly buffered = 0;
  readonly #options: LineOptions;
  readonly #machine: MachineTime;
  readonly #other: () => LineEnd;
  #isOpen = true;
  #onText: (text: string) => void = () => undefined;
  #onClose: (reason: string) => void = () => undefined;

  constructor(options: LineOptions, machine: MachineTime, other: () => LineEnd) {
    this.#options = options;
    this.#machine = machine;
    this.#other = other;
  }

  send(text: string): void {
    if (!this.#isOpen) return;
    const { traffic, time } = this.#options;
    const other = this.#other();
    if (!SIGN_OF_LIFE.test(text)) {
      traffic.messages += 1;
      traffic.bytes += Buffer.byteLength(text);
    }
    time.lines.after(LATENCY_MS, () => other.#hear(text));
  }

  onText(listener: (text: string) => void): void {
    this.#onText = listener;
  }

  onClose(listener: (reason: string) => void): void {
    this.#onClose = listener;
  }

  close(reason: string): void {
    if (!this.#isOpen) return;
    const other = this.#other();
    this.#options.time.lines.after(LATENCY_MS, () => other.end(reason));
    this.end(reason);
  }

  end(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#options.time.rouse(this.#machine);
    this.#options.time.lines.next(() => this.#onClose(reason));
  }

  #hear(text: string): void {
    if (!this.#isOpen) return;
    this.#options.time.rouse(this.#machine);
    this.#onText(text);
  }
}
