import {
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { PublishingRefusedError } from '../errors.ts';
import { streamNameOf, subjectOf } from './names.ts';

/** How a stream is made where there is none; one that is there belongs to whoever has made it. */
export interface NewStream {
  readonly replicas: number;
  /** 0 for no limit. */
  readonly maxAgeMs: number;
  /** 0 for no limit. */
  readonly maxBytes: number;
}

/**
 * The stream that takes this node's subject, made if need be.
 * @throws {PublishingRefusedError} when it cannot keep what is promised
 */
export async function findOrMakeStream(
  jsm: JetStreamManager,
  node: string,
  asNew: NewStream,
): Promise<StreamInfo> {
  const [name] = await jsm.streams.names(subjectOf(node)).next();
  const info = await (name === undefined
    ? jsm.streams.add(configOf(node, asNew))
    : jsm.streams.info(name));
  const fault = faultOf(info.config, subjectOf(node));
  if (fault === null) return info;
  throw new PublishingRefusedError(`the stream ${info.config.name} ${fault}`);
}

/** What an owner should know of a stream that works: what it may keep from readers, as ends of sentences. */
export function remarksOn({ retention, storage, discard }: StreamConfig): readonly string[] {
  return [
    ...(retention === RetentionPolicy.Limits
      ? []
      : [`has the retention "${retention}", so it removes what nobody waits for`]),
    ...(storage === StorageType.File
      ? []
      : ['is kept in memory: after a restart of NATS it is filled from the beginning again']),
    ...(discard === DiscardPolicy.Old
      ? []
      : ['takes nothing more once it is full, until somebody makes room']),
  ];
}

function configOf(node: string, { replicas, maxAgeMs, maxBytes }: NewStream) {
  return {
    name: streamNameOf(node),
    subjects: [subjectOf(node)],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    num_replicas: replicas,
    max_age: nanos(maxAgeMs),
    max_bytes: maxBytes === 0 ? -1 : maxBytes,
  };
}

/** The end of a sentence. The sequence of a stream is the position in the log: nothing else may get in, or be changed. */
function faultOf(config: StreamConfig, subject: string): string | null {
  const { subjects, sources = [], mirror, no_ack, sealed, subject_transform } = config;
  if (subjects.length !== 1 || subjects[0] !== subject) {
    return `takes ${subjects.join(', ')}; it must take ${subject} and nothing else, because its sequence is to be the position in the log`;
  }
  if (sources.length > 0 || mirror !== undefined) {
    return 'is filled from other streams; it must take nothing but what this node publishes';
  }
  if (subject_transform !== undefined) return `changes the subject ${subject}; it must keep it`;
  if (no_ack === true) return 'acknowledges nothing, so nobody can tell what it has';
  return sealed ? 'is sealed, so it takes nothing' : null;
}
