import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { FeedStatus } from '../feed/readers.ts';
import type { LedgerObserver } from '../ledger/observer.ts';
import type { PublishObserver } from '../publish/observer.ts';
import { createLedgerMetrics } from './ledgerMetrics.ts';
import { createNodeMetrics, type LinkFigure, type NodeMetrics, showLinks } from './nodeMetrics.ts';
import { createPublishMetrics, type PublishFigures, showPublishing } from './publishMetrics.ts';
import { type RouteMeter, RouteMeters } from './routeMeters.ts';

/** What is asked when the metrics are read. */
export interface MetricSources {
  queueLength(): number;
  /** Newest position of the log. */
  headPosition(): Promise<number>;
  feedStatus(): FeedStatus;
  isReady(): boolean;
  /** Of a node that has to do with others. */
  links?(): Promise<readonly LinkFigure[]>;
  /** Of a hub that takes links over a broker: whether it can now. Undefined for others. */
  isAtLinkBroker?(): boolean | undefined;
  /** Of a node that publishes its log. */
  publishing?(): Promise<PublishFigures>;
  /** What else there is to tell; undefined where there is nothing now. */
  readonly figures?: readonly Figure[];
}

export interface Figure {
  readonly name: string;
  readonly help: string;
  read(): number | undefined;
}

export interface MetricSettings {
  readonly version: string;
  readonly node: string;
  /** Told of each error that made a commit fail. */
  readonly commitFailed: (error: unknown) => void;
}

/** Everything that this process counts, in Prometheus' words. */
export interface Metrics {
  /** To be given to the ledger. */
  readonly ledger: LedgerObserver;
  /** To be given to the links with other nodes. */
  readonly nodes: NodeMetrics;
  /** To be given to the publishing of the log. */
  readonly publishing: PublishObserver;
  readonly contentType: string;
  route(method: string, route: string): RouteMeter;
  /** A command was answered with a refusal. */
  refused(code: string): void;
  /** A buyer was turned away for want of units that another node had, as far as was known. */
  falseSoldOut(): void;
  /** A movement was let go below zero. */
  shortfall(): void;
  /** Names the parts that are asked when the metrics are read. Until then their gauges show nothing. */
  watch(sources: MetricSources): void;
  render(): Promise<string>;
}

export function createMetrics({ version, node, commitFailed }: MetricSettings): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const ledger = createLedgerMetrics(registry, commitFailed);
  const routes = new RouteMeters(registry);
  const refusals = countRefusals(registry);
  const shortfalls = new Counter({
    name: 'holdfast_shortfalls_total',
    help: 'Movements that were let take a level below zero, because the goods are gone',
    registers: [registry],
  });
  const falseSoldOuts = new Counter({
    name: 'holdfast_false_sold_out_total',
    help: 'Commands that were refused for want of stock while another node was known to have some',
    registers: [registry],
  });
  showBuild(registry, version, node);
  return {
    ledger,
    nodes: createNodeMetrics(registry),
    publishing: createPublishMetrics(registry),
    contentType: registry.contentType,
    route: (method, route) => routes.meter(method, route),
    refused: (code) => refusals.set(code, (refusals.get(code) ?? 0) + 1),
    falseSoldOut: () => falseSoldOuts.inc(),
    shortfall: () => shortfalls.inc(),
    watch: (sources) => watch(registry, sources),
    render: () => registry.metrics(),
  };
}

/** Counted in a map: a sold-out SKU is refused as often as it can be asked for. */
function countRefusals(registry: Registry): Map<string, number> {
  const counts = new Map<string, number>();
  new Counter({
    name: 'holdfast_refusals_total',
    help: 'Commands that were answered with a refusal, by its code',
    labelNames: ['code'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [code, count] of counts) this.inc({ code }, count);
    },
  });
  return counts;
}

function showBuild(registry: Registry, version: string, node: string): void {
  new Gauge({
    name: 'holdfast_build_info',
    help: 'Version of the server and name of the node',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node }, 1);
}

function watch(registry: Registry, sources: MetricSources): void {
  const {
    queueLength,
    headPosition,
    feedStatus,
    isReady,
    links,
    isAtLinkBroker,
    publishing,
    figures = [],
  } = sources;
  for (const { name, help, read } of figures) gauge(registry, name, help, read);
  if (links !== undefined) showLinks(registry, links);
  if (publishing !== undefined) showPublishing(registry, publishing);
  gauge(registry, 'link_broker_connected', BROKER_HELP, () => asNumber(isAtLinkBroker?.()));
  gauge(registry, 'queue_length', 'Requests that wait for their commit', queueLength);
  gauge(registry, 'head_position', 'Newest position of the log', headPosition);
  gauge(registry, 'ready', 'Whether the server is ready: 1 or 0', () => Number(isReady()));
  const ofFeed = (name: string, help: string, read: (status: FeedStatus) => number) =>
    gauge(registry, name, help, () => read(feedStatus()));
  ofFeed('event_streams', 'Event streams that are open', ({ streams }) => streams);
  ofFeed('event_stream_lag_events', 'Events that the slowest stream is behind', (s) => s.lagMax);
  ofFeed(
    'event_stream_stalled_seconds',
    'How long the slowest reader has been busy with what it was given',
    ({ stalledMsMax }) => stalledMsMax / 1_000,
  );
}

const BROKER_HELP = 'Whether this hub can take links at its servers of NATS now: 1 or 0';

function asNumber(is: boolean | undefined): number | undefined {
  return is === undefined ? undefined : Number(is);
}

function gauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number | undefined | Promise<number>,
): void {
  new Gauge({
    name: `holdfast_${name}`,
    help,
    registers: [registry],
    async collect() {
      // One part that cannot answer must not hide what all others have to say.
      try {
        const value = await read();
        if (value === undefined) this.remove();
        else this.set(value);
      } catch {
        this.remove();
      }
    },
  });
}
