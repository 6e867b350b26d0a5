import { hash } from 'node:crypto';
import {
  type JetStreamManager,
  jetstreamManager,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { eventJson } from '../../../src/http/views/event.ts';
import type { Timers } from '../../../src/ledger/ports.ts';
import type { Broker } from '../../../src/publish/broker.ts';
import { PublishingRefusedError } from '../../../src/publish/errors.ts';
import { createNatsBroker } from '../../../src/publish/nats/broker.ts';
import { streamNameOf, subjectOf } from '../../../src/publish/nats/names.ts';
import type { NewStream } from '../../../src/publish/nats/stream.ts';
import type { PublishObserver } from '../../../src/publish/observer.ts';
import {
  type Publisher,
  type PublisherParts,
  startPublisher,
} from '../../../src/publish/publisher.ts';
import { connectNats } from '../../../src/start/natsConnection.ts';
import { createRuntime } from '../../../src/start/runtime.ts';

const WAIT_MS = 60_000;

const NO_CREDENTIALS = {
  natsUser: null,
  natsPassword: null,
  natsToken: null,
  natsCredentials: null,
  natsCa: null,
  natsCert: null,
  natsKey: null,
};

/** What a publisher said, and a way to wait for more. */
export class Told implements PublishObserver {
  readonly resumptions: number[] = [];
  readonly failures: unknown[] = [];
  readonly standings: number[] = [];
  count = 0;
  readonly #waiting = new Set<() => void>();

  resumed(position: number): void {
    this.resumptions.push(position);
    this.#wake();
  }
  published(events: number): void {
    this.count += events;
    this.#wake();
  }
  stoodBy(position: number): void {
    this.standings.push(position);
    this.#wake();
  }
  failed(error: unknown): void {
    this.failures.push(error);
    this.#wake();
  }

  get refusal(): string | undefined {
    const last = this.failures.at(-1);
    return last instanceof PublishingRefusedError ? last.message : undefined;
  }

  /** Waits until it holds; looked at each time that something is said. */
  async until(holds: () => boolean): Promise<void> {
    const late = Date.now() + WAIT_MS;
    while (!holds()) {
      if (Date.now() > late) throw new Error(`in vain; last failure: ${this.failures.at(-1)}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      const timer = setTimeout(resolve, 1_000);
      await promise;
      clearTimeout(timer);
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

export type LogSource = Pick<PublisherParts, 'store' | 'ledger'>;

/** A publisher of a test, beside which others may run. */
export interface Running {
  readonly told: Told;
  readonly publisher: Publisher;
}

/** Time that runs as it does, with the pauses between attempts cut short. */
function hasty(timers: Timers): Timers {
  return { ...timers, after: (ms, action) => timers.after(Math.min(ms, 100), action) };
}

/** Publishes a log to real servers, and reads what arrives there as an operator or a subscriber would. */
export class PublishStage {
  readonly node: string;
  readonly remarks: string[] = [];
  readonly #url: () => string;
  readonly #running = new Set<Publisher>();
  readonly #runtime = createRuntime();

  /** @param url addresses with commas between them, asked for at each connection */
  constructor(url: () => string, node = 'shop.1') {
    this.node = node;
    this.#url = url;
  }

  get stream(): string {
    return streamNameOf(this.node);
  }

  get subject(): string {
    return subjectOf(this.node);
  }

  publish(log: LogSource, asNew: Partial<NewStream> = {}, { isHasty = true } = {}): Running {
    const told = new Told();
    const broker = this.broker(asNew);
    const { timers } = this.#runtime;
    const publisher = startPublisher({
      ...this.#runtime,
      timers: isHasty ? hasty(timers) : timers,
      ...log,
      broker,
      hash: (text) => hash('sha256', text),
      observer: told,
    });
    this.#running.add(publisher);
    return { told, publisher };
  }

  /** The caller's to close. */
  broker(asNew: Partial<NewStream> = {}): Broker {
    const { node } = this;
    return createNatsBroker({
      node,
      connect: () => connectNats(NO_CREDENTIALS, this.#url().split(','), 'test'),
      domain: null,
      asNew: { replicas: 1, maxAgeMs: 0, maxBytes: 0, ...asNew },
      view: (event) => eventJson(event, node),
      onRemark: (remark) => this.remarks.push(remark),
    });
  }

  /** As an operator: with a connection of one's own. */
  async ask<T>(question: (jsm: JetStreamManager, connection: NatsConnection) => Promise<T>) {
    const connection = await connect({ servers: this.#url().split(',') });
    try {
      return await question(await jetstreamManager(connection), connection);
    } finally {
      await connection.close();
    }
  }

  make(config: Partial<StreamConfig>): Promise<StreamInfo> {
    return this.ask((jsm) =>
      jsm.streams.add({ name: this.stream, subjects: [this.subject], ...config }),
    );
  }

  info(): Promise<StreamInfo> {
    return this.ask((jsm) => jsm.streams.info(this.stream));
  }

  /** All that the stream has, in its order, as a new consumer gets it. */
  read(): Promise<readonly Received[]> {
    return this.ask(async (jsm) => {
      const { state } = await jsm.streams.info(this.stream);
      if (state.messages === 0) return [];
      const consumer = await jsm.jetstream().consumers.get(this.stream);
      const received: Received[] = [];
      for await (const message of await consumer.consume()) {
        const { seq, headers } = message;
        const ofHeader = (name: string) => headers?.get(name);
        received.push({ seq, ofHeader, json: message.json<Received['json']>() });
        if (seq === state.last_seq) break;
      }
      return received;
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((publisher) => publisher.close()));
    this.#running.clear();
  }
}

export interface Received {
  readonly seq: number;
  readonly ofHeader: (name: string) => string | undefined;
  readonly json: { readonly id: string; readonly data: { readonly [name: string]: unknown } };
}

/** The numbers from 1 on. */
export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
