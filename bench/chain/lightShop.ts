import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { LoggedEvent } from '../../src/domain/events.ts';
import { Channel } from '../../src/nodes/channel.ts';
import { chainDigest } from '../../src/nodes/digest.ts';
import { MESSAGES_UNDER_WAY_MAX } from '../../src/nodes/flow.ts';
import { jsonCodec } from '../../src/nodes/http/codec.ts';
import { createDialer } from '../../src/nodes/http/dialer.ts';
import {
  type EntriesMessage,
  type Message,
  PROTOCOL_VERSION,
  type WelcomeMessage,
} from '../../src/nodes/messages.ts';
import { newToken } from '../../src/nodes/random.ts';
import type { Runtime } from '../../src/start/runtime.ts';
import { type EnrolledShop, skuAt } from './fleet.ts';

/** Light shops call again at once, so that what is measured is the hub and not their patience. */
const REDIAL_MS = 250;
const UNITS = 1_000_000;
const SKUS = 100;

const sha256 = (text: string) => hash('sha256', text);

/** An entry of its log, and when it was written, on the stopwatch. */
interface Said {
  readonly entry: LoggedEvent;
  readonly at: number;
}

/**
 * A shop that speaks the protocol, over a real WebSocket, and has no ledger: it acknowledges what comes, and says that it
 * has sold what it never had. A thousand of them take less than one hub. It calls until it is closed.
 */
export class LightShop {
  readonly name: string;
  readonly #runtime: Runtime;
  readonly #hub: string;
  readonly #shop: EnrolledShop;
  #isOpen = true;
  #channel: Channel | undefined;
  #session = 0;
  #isLinked = false;
  #received = 0;
  #receivedDigest = '';
  #token: string | null = null;
  #nextToken: string | null = null;
  #head = 0;
  /** Entries that are not acknowledged, in order. */
  #open: Said[] = [];
  /** Up to here they were sent. */
  #sent = 0;
  /** Ends of the messages that are under way. */
  #underWay: number[] = [];
  #taken: number[] = [];
  #settled: () => void = () => undefined;

  constructor(runtime: Runtime, hub: string, shop: EnrolledShop) {
    this.name = shop.name;
    this.#runtime = runtime;
    this.#hub = hub;
    this.#shop = shop;
    void this.#run();
  }

  get isLinked(): boolean {
    return this.#isLinked;
  }

  async head(): Promise<number> {
    return this.#head;
  }

  async received(): Promise<number> {
    return this.#received;
  }

  /** @returns how long each of its entries took to be acknowledged, in milliseconds */
  async sell(rate: number, seconds: number): Promise<number[]> {
    this.#taken = [];
    const startedAt = performance.now() + (Math.random() * 1_000) / rate;
    for (let i = 0; i < rate * seconds; i++) {
      const dueMs = startedAt + (i * 1_000) / rate - performance.now();
      if (dueMs > 0) await pause(dueMs);
      this.#open.push({ entry: this.#sale(), at: performance.now() });
      this.#send();
    }
    if (this.#open.length > 0) {
      await new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
    }
    return this.#taken;
  }

  close(): void {
    this.#isOpen = false;
    this.#channel?.close('the bench is over');
  }

  async #run(): Promise<void> {
    const dialer = createDialer({ hub: this.#hub, node: this.name });
    while (this.#isOpen) {
      try {
        const connection = await dialer.dial(this.#shop.token);
        const channel = new Channel(connection, jsonCodec, this.#runtime.stopwatch);
        this.#channel = channel;
        channel.listen((message) => this.#hear(channel, message));
        this.#greet(channel);
        await channel.closed;
      } catch {
        // The hub is not there, or not yet.
      }
      this.#isLinked = false;
      await pause(REDIAL_MS * (1 + Math.random()));
    }
  }

  #greet(channel: Channel): void {
    this.#nextToken = newToken(this.#runtime.random);
    channel.send({
      type: 'hello',
      version: PROTOCOL_VERSION,
      node: this.name,
      head: this.#head,
      received: this.#received,
      receivedDigest: this.#receivedDigest,
      token: this.#token,
      nextToken: this.#nextToken,
      recovering: false,
    });
  }

  #hear(channel: Channel, message: Message): void {
    if (message.type === 'ping') channel.send({ type: 'pong' });
    if (message.type === 'entries') this.#take(channel, message);
    if (message.type === 'ack') this.#acknowledged(message.through);
    if (message.type === 'refuse') process.stderr.write(`${this.name}: ${message.reason}\n`);
    if (message.type === 'welcome') this.#welcomed(channel, message);
  }

  #welcomed(channel: Channel, { session, received }: WelcomeMessage): void {
    this.#session = session;
    this.#token = this.#nextToken;
    this.#isLinked = true;
    channel.send({ type: 'ready', session });
    this.#underWay = [];
    this.#sent = received;
    this.#acknowledged(received);
  }

  #take(channel: Channel, { after, through, entries, session }: EntriesMessage): void {
    if (after === this.#received) {
      this.#receivedDigest = chainDigest(sha256, this.#receivedDigest, entries);
      this.#received = through;
    }
    channel.send({ type: 'ack', session, through: this.#received });
  }

  #acknowledged(through: number): void {
    const now = performance.now();
    this.#underWay = this.#underWay.filter((end) => end > through);
    const known = this.#open.filter(({ entry }) => entry.position <= through);
    this.#taken.push(...known.map(({ at }) => now - at));
    this.#open = this.#open.slice(known.length);
    if (this.#open.length === 0) this.#settled();
    this.#send();
  }

  /** As much as a real one would have under way. */
  #send(): void {
    if (!this.#isLinked || this.#underWay.length === MESSAGES_UNDER_WAY_MAX) return;
    const after = this.#sent;
    const entries = this.#open.map(({ entry }) => entry).filter(({ position }) => position > after);
    const through = entries.at(-1)?.position;
    if (through === undefined) return;
    this.#channel?.send({ type: 'entries', session: this.#session, after, through, entries });
    this.#sent = through;
    this.#underWay.push(through);
  }

  #sale(): LoggedEvent {
    this.#head += 1;
    const version = Math.ceil(this.#head / SKUS);
    return {
      position: this.#head,
      time: Date.now(),
      type: 'sell',
      sku: skuAt(this.#head % SKUS),
      location: this.#shop.location,
      reservationId: null,
      actor: 'till',
      requestId: `${this.name}-${this.#head}`,
      details: null,
      quantity: 1,
      from: 'available',
      to: 'customer',
      version,
      balances: { available: UNITS - version, reserved: 0, committed: 0, unavailable: 0 },
    };
  }
}
