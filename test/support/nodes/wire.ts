import type { Randomness, Timers } from '../../../src/ledger/ports.ts';
import type { Connection } from '../../../src/nodes/transport.ts';

/** What may happen to the messages between a shop and its hub. */
export interface Weather {
  /** Milliseconds under way; where the two differ, messages overtake each other. */
  delayMs: readonly [least: number, most: number];
  /** Part of the messages that are lost, 0 to 1. */
  loss: number;
  /** Part of the messages that arrive twice, 0 to 1. */
  doubling: number;
}

const FAIR_WEATHER: Weather = { delayMs: [1, 1], loss: 0, doubling: 0 };

/**
 * What joins one shop to its hub. `cut` loses everything without a word, as a pulled plug does; `sever` ends the
 * connections at both ends, as a router does that is started anew.
 */
export class Wire {
  weather: Weather = FAIR_WEATHER;
  /** Asked for each message; what it answers false for is lost. */
  passes: (text: string) => boolean = () => true;
  isCut = false;
  readonly #timers: Timers;
  readonly #random: Randomness;
  readonly #connections = new Set<Pair>();

  constructor(timers: Timers, random: Randomness) {
    this.#timers = timers;
    this.#random = random;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** @returns both ends of a new connection */
  connect(): readonly [Connection, Connection] {
    const pair = new Pair(this);
    this.#connections.add(pair);
    return pair.ends;
  }

  sever(reason = 'the connection broke'): void {
    for (const pair of [...this.#connections]) this.end(pair, reason);
  }

  carry(text: string, deliver: (text: string) => void): void {
    const { loss, doubling } = this.weather;
    if (this.isCut || !this.passes(text) || this.#random.fraction() < loss) return;
    this.#deliverLater(text, deliver);
    if (this.#random.fraction() < doubling) this.#deliverLater(text, deliver);
  }

  end(pair: Pair, reason: string): void {
    this.#connections.delete(pair);
    this.#timers.next(() => pair.close(reason));
  }

  /** The other end hears of it when it has what was sent before, and only where the wire is whole. */
  endFrom(pair: Pair, end: End, other: End, reason: string): void {
    this.#timers.next(() => end.closed(reason));
    if (this.isCut) return;
    this.#timers.after(this.weather.delayMs[1], () => {
      other.reason ??= reason;
      if (!this.isCut) this.end(pair, reason);
    });
  }

  #deliverLater(text: string, deliver: (text: string) => void): void {
    const [least, most] = this.weather.delayMs;
    const delay = least + this.#random.fraction() * (most - least);
    this.#timers.after(delay, () => {
      if (!this.isCut) deliver(text);
    });
  }
}

class Pair {
  readonly ends: readonly [End, End];
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
    const one = new End(this, () => other);
    const other: End = new End(this, () => one);
    this.ends = [one, other];
  }

  carry(text: string, to: End): void {
    this.#wire.carry(text, (arrived) => to.hear(arrived));
  }

  closedBy(end: End, other: End, reason: string): void {
    this.#wire.endFrom(this, end, other, reason);
  }

  close(reason: string): void {
    for (const end of this.ends) end.closed(reason);
  }
}

class End implements Connection {
  readonly buffered = 0;
  reason: string | undefined;
  readonly #pair: Pair;
  readonly #other: () => End;
  #isOpen = true;
  #held: string[] = [];
  #onText: ((text: string) => void) | undefined;
  #onClose: (reason: string) => void = () => undefined;

  constructor(pair: Pair, other: () => End) {
    this.#pair = pair;
    this.#other = other;
  }

  send(text: string): void {
    if (this.#isOpen) this.#pair.carry(text, this.#other());
  }

  onText(listener: (text: string) => void): void {
    this.#onText = listener;
    const held = this.#held;
    this.#held = [];
    for (const text of held) listener(text);
  }

  onClose(listener: (reason: string) => void): void {
    this.#onClose = listener;
    if (!this.#isOpen) listener(this.reason ?? 'closed');
  }

  close(reason: string): void {
    if (this.#isOpen) this.#pair.closedBy(this, this.#other(), reason);
  }

  hear(text: string): void {
    if (!this.#isOpen) return;
    if (this.#onText) this.#onText(text);
    else this.#held.push(text);
  }

  closed(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.reason ??= reason;
    this.#onClose(this.reason);
  }
}
