import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
  type PubAck,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { LoggedEvent } from '../../domain/events.ts';
import type { Appended, Broker, Entry, StreamEnd } from '../broker.ts';
import { PublishingRefusedError } from '../errors.ts';
import { createMessages, digestOf, type EventView, type Message } from './message.ts';
import { subjectOf } from './names.ts';
import { findOrMakeStream, type NewStream, remarksOn } from './stream.ts';

/** How long the servers may take to keep a message. */
const KEEP_MS_MAX = 5_000;
/** What is asked of a replicated stream while it has no leader is lost, and has to be asked again. */
const ANSWER_MS_MAX = 2_000;

/** They count as a part of the payload. */
const HEADERS_BYTES_MAX = 512;

/** NATS cannot be reached, or does not do what it was asked. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
}

export interface NatsBrokerParts {
  readonly node: string;
  /** Opens a connection. It is the broker's to close. */
  readonly connect: () => Promise<NatsConnection>;
  /** Of JetStream, where it is not that of the servers that are connected. */
  readonly domain: string | null;
  readonly asNew: NewStream;
  /** What `GET /v1/events` shows of an event. */
  readonly view: (event: LoggedEvent) => EventView;
  /** Told once of what an owner of the stream should know. */
  readonly onRemark: (remark: string) => void;
}

interface Session {
  readonly connection: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly js: JetStreamClient;
}

export function createNatsBroker(parts: NatsBrokerParts): Broker {
  return new NatsBroker(parts);
}

/**
 * A stream of JetStream that takes the node's subject only, so that its sequence is the position in the log. A
 * connection that breaks is given up, with all that was under way on it.
 */
class NatsBroker implements Broker {
  readonly #parts: NatsBrokerParts;
  readonly #subject: string;
  readonly #messageOf: (entry: Entry) => Message;
  readonly #remarked = new Set<string>();
  #session: Promise<Session> | undefined;
  #lost: () => void = () => undefined;
  #isOpen = true;

  constructor(parts: NatsBrokerParts) {
    this.#parts = parts;
    this.#subject = subjectOf(parts.node);
    this.#messageOf = createMessages(parts.node, parts.view);
  }

  async end(): Promise<StreamEnd> {
    try {
      const { jsm } = await this.#connected();
      const { node, asNew } = this.#parts;
      const { config, state } = await findOrMakeStream(jsm, node, asNew);
      for (const remark of remarksOn(config)) this.#remark(`the stream ${config.name} ${remark}`);
      return { position: state.last_seq, newest: await this.#newest(jsm, config.name) };
    } catch (error) {
      throw explained(error);
    }
  }

  async append(entries: readonly Entry[]): Promise<Appended> {
    const { js, connection } = await this.#connected();
    const messages = this.#fitting(entries, connection);
    const sent = messages.map((message) => this.#publish(js, message));
    const outcomes = await Promise.allSettled(sent);
    const failed = outcomes.findIndex((outcome, index) => !isKept(outcome, entries[index]));
    const outcome = outcomes[failed];
    if (outcome === undefined) return { count: messages.length, wasOvertaken: false };
    if (isOvertaken(outcome)) return { count: failed, wasOvertaken: true };
    throw explained(outcome.status === 'rejected' ? outcome.reason : misnumbered(outcome.value));
  }

  onLost(listener: () => void): void {
    this.#lost = listener;
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    const session = await this.#session?.catch(() => undefined);
    await session?.connection.close();
  }

  async #newest(jsm: JetStreamManager, stream: string): Promise<StreamEnd['newest']> {
    const message = await jsm.streams.getMessage(stream, { last_by_subj: this.#subject });
    if (message === null) return null;
    return { position: message.seq, digest: digestOf(message.seq, message.header) };
  }

  /** Messages up to one that is larger than the server takes. */
  #fitting(entries: readonly Entry[], { info }: NatsConnection): readonly Message[] {
    const bytesMax = (info?.max_payload ?? Number.POSITIVE_INFINITY) - HEADERS_BYTES_MAX;
    const messages = entries.map((entry) => this.#messageOf(entry));
    const large = messages.findIndex(({ payload }) => isLarger(payload, bytesMax));
    if (large === 0) throw tooLarge(messages[0], bytesMax);
    return large < 0 ? messages : messages.slice(0, large);
  }

  #publish(js: JetStreamClient, { id, payload, headers }: Message): Promise<PubAck> {
    return js.publish(this.#subject, payload, {
      msgID: id,
      headers,
      expect: { lastSequence: Number(id) - 1 },
      timeout: KEEP_MS_MAX,
    });
  }

  #connected(): Promise<Session> {
    if (!this.#isOpen) throw new BrokerError('it is closed');
    this.#session ??= this.#connect();
    return this.#session;
  }

  async #connect(): Promise<Session> {
    try {
      const { connect, domain } = this.#parts;
      const connection = await connect();
      void this.#giveUpWhenLost(connection);
      const options = {
        timeout: ANSWER_MS_MAX,
        checkAPI: false,
        ...(domain !== null && { domain }),
      };
      const jsm = await jetstreamManager(connection, options);
      return { connection, jsm, js: jsm.jetstream() };
    } catch (error) {
      this.#session = undefined;
      throw explained(error);
    }
  }

  /** What was sent before may be lost or not: the stream has to be asked, and need not wait for old messages. */
  async #giveUpWhenLost(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') break;
    }
    this.#session = undefined;
    await connection.close();
    this.#lost();
  }

  #remark(remark: string): void {
    if (this.#remarked.has(remark)) return;
    this.#remarked.add(remark);
    this.#parts.onRemark(remark);
  }
}

function isKept(outcome: PromiseSettledResult<PubAck>, entry: Entry | undefined): boolean {
  if (outcome.status === 'rejected' || outcome.value.duplicate) return false;
  return outcome.value.seq === entry?.event.position;
}

/** A duplicate was not written by us just now: whoever has written it may be another one with our name. */
function isOvertaken(outcome: PromiseSettledResult<PubAck>): boolean {
  if (outcome.status === 'fulfilled') return outcome.value.duplicate;
  const { reason } = outcome;
  return (
    reason instanceof JetStreamApiError && reason.code === JetStreamApiCodes.StreamWrongLastSequence
  );
}

function misnumbered({ stream, seq }: PubAck): PublishingRefusedError {
  return new PublishingRefusedError(`the stream ${stream} has given a message the number ${seq}`);
}

/** In UTF-8 a character takes 3 bytes at most. */
function isLarger(payload: string, bytesMax: number): boolean {
  return payload.length * 3 > bytesMax && Buffer.byteLength(payload) > bytesMax;
}

function tooLarge(message: Message | undefined, bytesMax: number): PublishingRefusedError {
  const bytes = Buffer.byteLength(message?.payload ?? '');
  return new PublishingRefusedError(
    `the event at position ${message?.id} takes ${bytes} bytes, and the server of NATS takes ${bytesMax} of them at most; raise its max_payload`,
  );
}

function explained(error: unknown): Error {
  if (error instanceof PublishingRefusedError || error instanceof BrokerError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new BrokerError(`NATS: ${reason}`, { cause: error });
}
