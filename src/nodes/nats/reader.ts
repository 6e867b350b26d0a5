import {
  type ConsumerMessages,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

/** Pieces that the server may send before it is asked for more. */
const MESSAGES_AHEAD_MAX = 100;
/** The server says so often that nothing has come; after two that are missing it is asked anew. */
const IDLE_MS = 1_000;
const ASK_MS = 30_000;
const AGAIN_MS = 250;

export interface ReaderParts {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly stream: string;
  /** May have wildcards. */
  readonly subject: string;
  take(subject: string, bytes: Uint8Array): void;
}

/**
 * Reads a stream from now on, in order. The server that does it for this reader may go: another one then goes on where
 * it stood. Reading until it is closed, or the stream is gone.
 */
export class Reader {
  readonly #parts: ReaderParts;
  readonly #ended = Promise.withResolvers<string>();
  readonly #stopped = Promise.withResolvers<void>();
  #messages: ConsumerMessages | undefined;
  #isOpen = true;
  /** The last message of the stream that was seen. */
  #seen: number;

  private constructor(parts: ReaderParts, seen: number) {
    this.#parts = parts;
    this.#seen = seen;
  }

  /** @throws {Error} there is no such stream, or nobody answers */
  static async open(parts: ReaderParts): Promise<Reader> {
    const { state } = await parts.jsm.streams.info(parts.stream);
    const reader = new Reader(parts, state.last_seq);
    const messages = await reader.#ask();
    void reader.#run(messages);
    void reader.#watchReconnects();
    return reader;
  }

  /** Settles with the reason when the stream is gone, or it was closed. */
  get ended(): Promise<string> {
    return this.#ended.promise;
  }

  /** Asks anew, for whoever knows that there is more than was given. */
  renew(): void {
    void this.#messages?.close();
  }

  close(): void {
    this.#end('closed');
  }

  async #run(first: ConsumerMessages): Promise<void> {
    let messages: ConsumerMessages | undefined = first;
    while (this.#isOpen) {
      if (messages !== undefined) await this.#untilSilent(messages);
      messages = this.#isOpen ? await this.#askAgain() : undefined;
    }
  }

  async #ask(): Promise<ConsumerMessages> {
    const { js, stream, subject, take } = this.#parts;
    const from = { filter_subjects: subject, opt_start_seq: this.#seen + 1 };
    const consumer = await js.consumers.get(stream, { ...from, inactive_threshold: ASK_MS });
    const messages = await consumer.consume({
      max_messages: MESSAGES_AHEAD_MAX,
      expires: ASK_MS,
      idle_heartbeat: IDLE_MS,
      callback: (message) => {
        this.#seen = Math.max(this.#seen, message.seq);
        take(message.subject, message.data);
      },
    });
    this.#messages = messages;
    return messages;
  }

  async #askAgain(): Promise<ConsumerMessages | undefined> {
    const { jsm, stream } = this.#parts;
    try {
      const { state } = await jsm.streams.info(stream);
      if (state.last_seq >= this.#seen) return await this.#ask();
      this.#end('the stream has lost its end, or was made anew');
      return undefined;
    } catch (error) {
      const isGone =
        error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
      if (isGone) this.#end('the stream is gone');
      await Promise.race([this.#stopped.promise, pause()]);
      return undefined;
    }
  }

  /** The library would ask anew by itself, but only after half a minute where the stream has no leader just then. */
  async #untilSilent(messages: ConsumerMessages): Promise<void> {
    const silent = (async () => {
      for await (const { type } of messages.status()) {
        if (type === 'heartbeats_missed' || type === 'consumer_deleted') return;
      }
    })();
    await Promise.race([silent, messages.closed()]);
    void messages.close();
  }

  async #watchReconnects(): Promise<void> {
    for await (const { type } of this.#parts.nc.status()) {
      if (!this.#isOpen) return;
      if (type === 'reconnect') this.renew();
    }
  }

  #end(reason: string): void {
    this.#isOpen = false;
    this.#stopped.resolve();
    void this.#messages?.close();
    this.#ended.resolve(reason);
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, AGAIN_MS);
  });
}
