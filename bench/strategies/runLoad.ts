import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { Turns } from '../measurement.ts';
import type { Contender, Running } from './contender.ts';
import { type Figures, medianFigures } from './figures.ts';
import { type Load, lastingUnits } from './loads.ts';
import { measure } from './measure.ts';
import { type Shelves, WARM_UP } from './shelves.ts';
import type { Workbench } from './workbench.ts';

/** Connections of the requests that are not counted: enough to bring every path of the code into use. */
const WARM_UP_CONNECTIONS = 100;
/** A large rush is rehearsed in small. */
const REHEARSAL_REQUESTS_MAX = 1_000;
/** wrk measures no shorter. */
const WARM_UP_SECONDS_MIN = 1;
/** The goods of a rush that is not counted, and those from which on it is. */
const REHEARSAL = WARM_UP + 1;
const FIRST = REHEARSAL + 1;

export interface Result {
  readonly contender: Contender;
  readonly figures: Figures;
}

/** What came of one load. */
export interface LoadResults {
  readonly load: Load;
  readonly results: readonly Result[];
}

interface Started {
  readonly contender: Contender;
  readonly running: Running;
  readonly runs: Figures[];
}

/** Measures the contenders under one load in turns, each on a database that is new for this load. */
export async function runLoad(
  bench: Workbench,
  contenders: readonly Contender[],
  load: Load,
  turns: Turns,
): Promise<Result[]> {
  const shelves = shelvesFor(load, turns);
  const started: Started[] = [];
  try {
    for (const contender of contenders) started.push(await start(bench, contender, shelves));
    for (const each of started) await warmUp(bench, each, load, shelves, turns);
    for (let round = 0; round < turns.rounds; round++) {
      const measurement = { load, shelves, index: FIRST + round, seconds: turns.seconds };
      for (const { running, runs } of started)
        runs.push(await measure(bench, running, measurement));
    }
  } finally {
    for (const { running } of started) await running.close();
  }
  return started.map(({ contender, runs }) => ({ contender, figures: medianFigures(runs) }));
}

function shelvesFor(load: Load, { rounds, seconds, warmUpSeconds }: Turns): Shelves {
  return {
    measurements: FIRST + rounds,
    skus: load.skus,
    units: load.kind === 'rush' ? load.units : lastingUnits(load, seconds),
    warmUpUnits: lastingUnits(load, Math.max(warmUpSeconds, WARM_UP_SECONDS_MIN)),
  };
}

async function start(
  { engines, folder }: Workbench,
  contender: Contender,
  shelves: Shelves,
): Promise<Started> {
  const database = await engines.createDatabase();
  const own = await mkdtemp(path.join(folder, `${contender.name}-`));
  const place = { database, redis: engines.redis, folder: own };
  const running = await contender.start(place, shelves);
  await engines.analyze(database);
  const close = async () => {
    await running.close();
    await engines.dropDatabase(database);
  };
  return { contender, running: { ...running, close }, runs: [] };
}

/** First what sells, then, for a rush, one that is not counted: a sold-out SKU is refused on another path. */
async function warmUp(
  bench: Workbench,
  { running }: Started,
  load: Load,
  shelves: Shelves,
  { warmUpSeconds: seconds }: Turns,
): Promise<void> {
  if (seconds === 0) return;
  const connections = Math.min(WARM_UP_CONNECTIONS, load.connections);
  const steady = { ...load, kind: 'steady' as const, connections };
  await measure(bench, running, { load: steady, shelves, index: WARM_UP, seconds });
  if (load.kind === 'steady') return;
  const requests = Math.min(load.requests, REHEARSAL_REQUESTS_MAX);
  await measure(bench, running, {
    load: { ...load, requests },
    shelves,
    index: REHEARSAL,
    seconds,
  });
}
