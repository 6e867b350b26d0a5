import process from 'node:process';
import { CommandError } from '../cli/exitCodes.ts';
import type { ServeHooks } from '../cli/tools.ts';
import type { Config } from '../config/settings.ts';
import { createFeed } from '../feed/createFeed.ts';
import type { App } from '../http/fastify.ts';
import type { HttpParts } from '../http/parts.ts';
import { createHttpServer } from '../http/server.ts';
import type { RunningLedger } from '../ledger/createLedger.ts';
import { createIds } from '../ledger/ids.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import { createQueries } from '../queries/queries.ts';
import type { Storage } from '../storage/storage.ts';
import { Drainable, within } from './drain.ts';
import { createFaultLog } from './faultLog.ts';
import { type Health, watchHealth } from './health.ts';
import { openLedger } from './ledger.ts';
import { listen } from './listen.ts';
import { NOT_JOINED, type RunningNodes, startNodes } from './nodes.ts';
import { type RunningPublishing, startPublishing } from './publish.ts';
import type { Runtime } from './runtime.ts';
import { listenForStop, type StopRequest } from './stopRequest.ts';
import { NoDatabaseError, openStorage } from './storage.ts';

/** Standard error: standard output is for people. */
const LOG_FD = 2;

export interface ServeRequest {
  readonly runtime: Runtime;
  readonly config: Config;
  readonly hooks: ServeHooks;
  readonly version: string;
  readonly startedByNpm: boolean;
  /** See `HttpParts`. */
  readonly extend?: HttpParts['extend'];
}

/** A server on an open database. */
interface Parts {
  readonly storage: Storage;
  readonly ledger: RunningLedger;
  readonly nodes: RunningNodes;
  readonly publishing: RunningPublishing | undefined;
  readonly server: App;
  readonly connections: Drainable;
  readonly health: Health;
}

/**
 * Serves until it is told to stop: opening, listening, draining, closed. What was accepted before is finished, or given
 * up after the drain time.
 * @throws {CommandError}
 */
export async function serve(request: ServeRequest): Promise<void> {
  const stop = listenForStop(request.startedByNpm);
  const { logger, flush } = createLogger({ level: request.config.logLevel, fd: LOG_FD });
  try {
    const storage = await Promise.race([open(request, logger), stoppedEarly(stop)]);
    await serveStorage(request, storage, logger, stop);
    logger.info('stopped');
  } finally {
    stop.release();
    flush();
  }
}

/** @throws {CommandError} */
async function open({ config, runtime }: ServeRequest, logger: Logger): Promise<Storage> {
  // A shop that has no token has joined its hub before: a database that is made now would be no shop's.
  const hasJoined = config.hub !== null && config.token === null;
  try {
    return await openStorage({
      readDatabase: config.readDatabase,
      config,
      machine: runtime,
      mustExist: hasJoined,
      onWarning: (message, error) => logger.warn({ err: error }, message),
    });
  } catch (error) {
    if (!(error instanceof NoDatabaseError)) throw error;
    throw new CommandError(`${error.message}; ${NOT_JOINED}`, 'usage');
  }
}

/** The database may keep whoever opens it waiting for as long as somebody else brings it to a new version. */
async function stoppedEarly({ stopped }: StopRequest): Promise<never> {
  const reason = await stopped;
  throw new CommandError(`told to stop (${reason}) before the database was open`);
}

async function serveStorage(
  request: ServeRequest,
  storage: Storage,
  logger: Logger,
  stop: StopRequest,
): Promise<void> {
  const { config, hooks } = request;
  const parts = await assemble(request, storage, logger);
  try {
    await hooks.prepare?.(storage, parts.ledger);
    const url = await listen(parts.server, config);
    logger.info({ url, node: storage.node, pid: process.pid }, 'listening');
    const over = [stop.stopped, ended(hooks, url, storage), replaced(storage)];
    const reason = await Promise.race(over);
    logger.info({ reason }, 'stopping');
  } finally {
    await drain(parts, config.drainSeconds * 1_000);
  }
}

async function assemble(
  { runtime, config, version, extend }: ServeRequest,
  storage: Storage,
  logger: Logger,
): Promise<Parts> {
  const { node } = storage;
  const commitFailed = createFaultLog(logger, runtime.stopwatch);
  const metrics = createMetrics({ version, node, commitFailed });
  const health = watchHealth(metrics.ledger, runtime.stopwatch);
  const ledger = openLedger(runtime, storage, config, health.observer);
  const newId = createIds(runtime.clock, runtime.random);
  const inTouch = { runtime, config, storage, ledger, newId, logger, metrics: metrics.nodes };
  const nodes = await startNodes(inTouch).catch(async (error: unknown) => {
    await ledger.close();
    await storage.close();
    throw error;
  });
  const { queries: store, lists = store, onForeignCommit } = storage;
  const feed = createFeed(
    { ...runtime, store, history: lists, ledger, ...(onForeignCommit && { onForeignCommit }) },
    { heartbeatMs: config.heartbeatSeconds * 1_000 },
  );
  const publishing = startPublishing({ ...inTouch, metrics: metrics.publishing });
  metrics.watch({
    queueLength: () => ledger.queueLength,
    headPosition: async () => (await storage.queries.head()).position,
    feedStatus: () => feed.status(),
    isReady: () => health.readiness().ready,
    links: () => nodes.figures(),
    ...(publishing && { publishing: () => publishing.figures() }),
    isAtLinkBroker: () => nodes.isAtBroker(),
    ...(storage.figures && { figures: storage.figures }),
  });
  const server = await createHttpServer({
    ledger: nodes.ledger,
    queries: createQueries({ store, lists, ledger }),
    feed,
    newId,
    nodeStatus: (peer) => nodes.status(peer),
    ...(nodes.acceptor && { links: nodes.acceptor }),
    settings: { apiKeys: config.apiKeys, requestLog: config.requestLog },
    logger,
    metrics,
    readiness: () => ({
      ...health.readiness(),
      warnings: [...nodes.warnings(), ...(publishing?.warnings() ?? [])],
    }),
    node,
    version,
    ...(extend && { extend }),
  });
  runtime.arrivals.watch(server.server);
  const connections = new Drainable(server);
  return { storage, ledger, nodes, publishing, server, connections, health };
}

/** Settles when the caller wants no more of the server; by default it never does. */
async function ended({ ready, until }: ServeHooks, url: string, storage: Storage): Promise<string> {
  await ready(url, storage);
  await (until ?? new Promise(() => undefined));
  return 'done';
}

/** Whoever looks after the server starts it again. @throws {CommandError} when that is needed */
async function replaced(storage: Storage): Promise<never> {
  throw new CommandError(await (storage.replaced ?? new Promise<never>(() => undefined)));
}

/** In the order in which work flows: who asks, then what was asked, then where it is kept. */
async function drain(parts: Parts, boundMs: number): Promise<void> {
  const { connections, nodes, publishing, ledger, storage, health } = parts;
  health.drain();
  const finish = async () => {
    await connections.close(boundMs);
    await nodes.close();
    await ledger.close();
    await publishing?.close();
    await storage.close();
  };
  await within(boundMs, finish());
}
