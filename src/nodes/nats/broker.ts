import {
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Wire } from './connection.ts';
import { PART_BYTES_MAX, PAYLOAD_RESERVE_BYTES, STORE_MS_MAX } from './options.ts';

/** How long the servers may take to answer what they are asked about streams. */
const ANSWER_MS_MAX = 2_000;

export interface BrokerOptions {
  /** Opens a connection with this node's credentials. @throws {Error} nobody is there, or lets it in */
  readonly connect: () => Promise<NatsConnection>;
  /** The JetStream domain of the servers that keep the stream; null where it is that of the connection. */
  readonly domain: string | null;
}

/** A connection to NATS, and what is asked of it. */
export interface Broker {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
}

export async function openBroker({ connect, domain }: BrokerOptions): Promise<Broker> {
  const nc = await connect();
  try {
    const options = { timeout: ANSWER_MS_MAX, ...(domain !== null && { domain }) };
    const jsm = await jetstreamManager(nc, { ...options, checkAPI: false });
    return { nc, js: jetstream(nc, options), jsm };
  } catch (error) {
    await nc.close();
    throw error;
  }
}

/** @param subjects where one end of a link sends to */
export function wireOf(
  { nc, js }: Broker,
  subjects: { readonly stored: string; readonly beat: string },
): Wire {
  const payloadBytesMax = nc.info?.max_payload ?? PART_BYTES_MAX;
  return {
    partBytesMax: Math.min(PART_BYTES_MAX, payloadBytesMax - PAYLOAD_RESERVE_BYTES),
    async store(bytes) {
      await js.publish(subjects.stored, bytes, { timeout: STORE_MS_MAX, retries: 0 });
    },
    beat(bytes) {
      if (!nc.isClosed()) nc.publish(subjects.beat, bytes);
    },
  };
}

/**
 * Hears what is sent on a subject.
 * @param queue of those who share one, each message goes to one
 * @param onFault the server does not let this node hear it
 */
export function hear(
  nc: NatsConnection,
  subject: string,
  take: (message: Msg) => void,
  onFault: (error: Error) => void,
  queue?: string,
): void {
  nc.subscribe(subject, {
    ...(queue !== undefined && { queue }),
    callback: (error, message) => (error === null ? take(message) : onFault(error)),
  });
}
