import type { Plan } from '../load/plan.ts';
import { withPrefix } from '../load/plan.ts';
import type { Running } from './contender.ts';
import type { Figures } from './figures.ts';
import { type Load, planOf } from './loads.ts';
import type { RushResult } from './rush.ts';
import { TRAFFIC_PATH, type TrafficFigures } from './server/trafficRoute.ts';
import { type Shelves, skusOf, unitsOf } from './shelves.ts';
import { countSold, type Sold } from './sold.ts';
import type { Workbench } from './workbench.ts';

export interface Measurement {
  readonly load: Load;
  readonly shelves: Shelves;
  /** Which goods are sold. */
  readonly index: number;
  readonly seconds: number;
}

/** Puts a load on a server and says what came of it. */
export async function measure(
  bench: Workbench,
  running: Running,
  measurement: Measurement,
): Promise<Figures> {
  const plan = withPrefix(planOf(measurement.load, measurement.index), running.pathPrefix);
  await bench.engines.settle();
  const before = await costsOf(bench, running);
  const played = await play(bench, running, plan, measurement);
  const costs = difference(await costsOf(bench, running), before);
  return figuresOf(measurement.load, played, costs, await soldOf(running, measurement));
}

/** How requests were answered. */
type Played = Pick<RushResult, 'failed' | 'seconds' | 'p50Ms' | 'p99Ms'> & {
  readonly requests: number;
};

async function play(
  { buyers, generator, folder }: Workbench,
  { server }: Running,
  plan: Plan,
  { load, seconds }: Measurement,
): Promise<Played> {
  const { url } = server;
  const { connections } = load;
  if (load.kind === 'steady') {
    const result = await generator.run(plan, { url, connections, seconds, folder });
    return { ...result, failed: result.failures };
  }
  const { path, body } = firstOf(plan);
  const { requests } = load;
  return { ...(await buyers.rush({ url, path, body, requests, connections })), requests };
}

function firstOf(plan: Plan): { readonly path: string; readonly body: string } {
  const [first] = plan.kind === 'cycle' ? plan.requests : [plan.first];
  return { path: first?.path ?? '', body: first?.body ?? '' };
}

/** Totals since the start. */
interface Costs extends TrafficFigures {
  readonly serverCpuMs: number;
  readonly databaseCpuMs: number | null;
}

async function costsOf({ engines }: Workbench, { server }: Running): Promise<Costs> {
  const response = await fetch(server.url + TRAFFIC_PATH);
  const { statements, roundTrips, retries }: TrafficFigures = JSON.parse(await response.text());
  const { cpuMs: serverCpuMs } = await server.figures();
  return { statements, roundTrips, retries, serverCpuMs, databaseCpuMs: engines.cpuMs() };
}

function difference(after: Costs, before: Costs): Costs {
  const { databaseCpuMs } = before;
  return {
    statements: after.statements - before.statements,
    roundTrips: after.roundTrips - before.roundTrips,
    retries: after.retries - before.retries,
    serverCpuMs: after.serverCpuMs - before.serverCpuMs,
    databaseCpuMs:
      after.databaseCpuMs === null || databaseCpuMs === null
        ? null
        : after.databaseCpuMs - databaseCpuMs,
  };
}

async function soldOf(
  { database }: Running,
  { shelves, index }: Measurement,
): Promise<Sold | null> {
  return database === null
    ? null
    : countSold(database, skusOf(shelves, index), unitsOf(shelves, index));
}

function figuresOf(load: Load, played: Played, costs: Costs, sold: Sold | null): Figures {
  const { requests, failed, seconds, p50Ms, p99Ms } = played;
  const held = sold?.reservations ?? null;
  const isRush = load.kind === 'rush';
  const done = isRush ? requests : (held ?? requests);
  // CPU milliseconds for one are CPU seconds for a thousand.
  return {
    held,
    unsold: isRush && sold !== null ? Math.min(load.units, requests) - sold.units : null,
    oversold: sold?.oversold ?? null,
    failed,
    perSecond: done / seconds,
    p50Ms,
    p99Ms,
    statements: costs.statements / done,
    roundTrips: costs.roundTrips / done,
    retries: costs.retries / done,
    serverCpuSeconds: costs.serverCpuMs / done,
    databaseCpuSeconds: costs.databaseCpuMs === null ? null : costs.databaseCpuMs / done,
  };
}
