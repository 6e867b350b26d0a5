import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { STREAM_AGE_MS_MAX, STREAM_BYTES_MAX } from './options.ts';
import type { HubSubjects } from './subjects.ts';

/** In a cluster each message is on so many servers, and one of them may be lost. */
const REPLICAS = 3;
/** "replicas > 1 not supported in non-clustered mode" */
const NOT_CLUSTERED = 10_074;

/**
 * Makes the stream of a hub's links where it is missing. One that is there is its operator's, and stays as it is.
 * @throws {Error} the servers cannot keep it
 */
export async function ensureStream(jsm: JetStreamManager, subjects: HubSubjects): Promise<void> {
  if (await isThere(jsm, subjects.stream)) return;
  try {
    await jsm.streams.add(configOf(subjects, REPLICAS));
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== NOT_CLUSTERED) throw error;
    await jsm.streams.add(configOf(subjects, 1));
  }
}

async function isThere(jsm: JetStreamManager, stream: string): Promise<boolean> {
  try {
    await jsm.streams.info(stream);
    return true;
  } catch (error) {
    const isMissing =
      error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
    if (isMissing) return false;
    throw error;
  }
}

function configOf(
  { stream, allStored }: HubSubjects,
  replicas: number,
): Partial<StreamConfig> & {
  name: string;
} {
  return {
    name: stream,
    subjects: [allStored],
    description:
      'What the nodes of shops and their hub say to each other, sealed; made by Holdfast',
    num_replicas: replicas,
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(STREAM_AGE_MS_MAX),
    max_bytes: STREAM_BYTES_MAX,
  };
}
