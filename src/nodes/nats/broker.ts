import {
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import {
  type Msg,
  type NatsConnection,
  NoRespondersError,
  type Subscription,
} from '@nats-io/transport-node';
import type { Wire } from './connection.ts';
import { PART_BYTES_MAX, PAYLOAD_RESERVE_BYTES, STORE_MS_MAX } from './options.ts';
import type { Direction, LinkSubjects } from './subjects.ts';

/** How long the servers may take to answer what they are asked about streams. */
const ANSWER_MS_MAX = 2_000;

/** Opens a connection with this node's credentials. @throws {Error} nobody is there, or lets it in */
export type Connect = () => Promise<NatsConnection>;

/** A connection to NATS, and what is asked of it. */
export interface Broker {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
}

/** @param domain the JetStream domain of the servers that keep the stream; null where it is that of the connection */
export async function brokerOn(nc: NatsConnection, domain: string | null): Promise<Broker> {
  const options = { timeout: ANSWER_MS_MAX, ...(domain !== null && { domain }) };
  const jsm = await jetstreamManager(nc, { ...options, checkAPI: false });
  return { nc, js: jetstream(nc, options), jsm };
}

/** What one end of a link sends with. */
export function wireOf(
  { nc, js }: Broker,
  link: LinkSubjects,
  direction: Direction,
  reread: () => void,
): Wire {
  const [stored, live, beat] = [link.stored(direction), link.live(direction), link.beat(direction)];
  const sendNow = (subject: string, bytes: Uint8Array) => {
    if (!nc.isClosed()) nc.publish(subject, bytes);
  };
  const payloadBytesMax = nc.info?.max_payload ?? PART_BYTES_MAX;
  return {
    partBytesMax: Math.min(PART_BYTES_MAX, payloadBytesMax - PAYLOAD_RESERVE_BYTES),
    async store(bytes) {
      await js.publish(stored, bytes, { timeout: STORE_MS_MAX, retries: 0 });
    },
    hurry: (bytes) => sendNow(live, bytes),
    beat: (bytes) => isAnybodyThere(nc, beat, bytes),
    reread,
  };
}

/** Sends a message to which nobody answers; but where nobody listens, the broker does. */
async function isAnybodyThere(nc: NatsConnection, to: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await nc.request(to, bytes, { timeout: STORE_MS_MAX });
    return true;
  } catch (error) {
    return !isNobody(error);
  }
}

/** Whether it is because nobody listened that a question was not answered. */
export function isNobody(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return error instanceof NoRespondersError || cause instanceof NoRespondersError;
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
): Subscription {
  return nc.subscribe(subject, {
    ...(queue !== undefined && { queue }),
    callback: (error, message) => (error === null ? take(message) : onFault(error)),
  });
}
