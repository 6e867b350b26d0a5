import { hash } from 'node:crypto';
import { splitNatsAddress } from '../config/addresses.ts';
import type { Config } from '../config/settings.ts';
import { eventJson } from '../http/views/event.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Logger } from '../observability/logger.ts';
import type { PublishFigures } from '../observability/publishMetrics.ts';
import { createNatsBroker } from '../publish/nats/broker.ts';
import type { PublishObserver } from '../publish/observer.ts';
import { startPublisher } from '../publish/publisher.ts';
import type { Storage } from '../storage/storage.ts';
import { connectNats } from './natsConnection.ts';
import { createPublishLog } from './publishLog.ts';
import type { Runtime } from './runtime.ts';

const DAY_MS = 86_400_000;
const MEGABYTE = 1_000_000;

export interface PublishRequest {
  readonly runtime: Runtime;
  readonly config: Config;
  readonly storage: Storage;
  readonly ledger: Pick<Ledger, 'onCommit'>;
  readonly logger: Logger;
  /** Counts what happens. */
  readonly metrics: PublishObserver;
}

/** The publishing of this node's log. */
export interface RunningPublishing {
  figures(): Promise<PublishFigures>;
  /** What somebody should look at, though the server takes requests. */
  warnings(): readonly string[];
  /** To be called before the storage is closed. */
  close(): Promise<void>;
}

/**
 * Publishes from now on; nothing waits for it, and nothing fails because of it.
 * @returns undefined where the settings do not ask for it
 */
export function startPublishing(request: PublishRequest): RunningPublishing | undefined {
  const { runtime, config, storage, ledger, logger, metrics } = request;
  if (config.publish === null) return undefined;
  const { onForeignCommit } = storage;
  const publisher = startPublisher({
    ...runtime,
    store: storage.queries,
    ledger,
    broker: createBroker(request, config.publish),
    hash: (text) => hash('sha256', text),
    observer: createPublishLog(logger, metrics),
    ...(onForeignCommit && { onForeignCommit }),
  });
  return {
    figures: async () => ({
      status: publisher.status(),
      head: (await storage.queries.head()).position,
    }),
    warnings() {
      const { problem } = publisher.status();
      return problem === null ? [] : [`the log is not published: ${problem}`];
    },
    close: () => publisher.close(),
  };
}

function createBroker({ config, storage, logger }: PublishRequest, address: string) {
  const { node } = storage;
  const { servers } = splitNatsAddress(address);
  return createNatsBroker({
    node,
    connect: () => connectNats(config, servers, `holdfast ${node} publishes its log`),
    domain: config.natsDomain,
    asNew: {
      replicas: config.publishReplicas,
      maxAgeMs: config.publishDays * DAY_MS,
      maxBytes: config.publishMegabytes * MEGABYTE,
    },
    view: (event) => eventJson(event, node),
    onRemark: (remark) => logger.warn({ remark }, 'of the stream that the log is published to'),
  });
}
