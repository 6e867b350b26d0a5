import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { Turns } from '../measurement.ts';
import type { Contender, Running } from './contender.ts';
import { type Figures, medianFigures } from './figures.ts';
import { type Load, unitsFor } from './loads.ts';
import { type Measurement, measure } from './measure.ts';
import type { Shelves } from './shelves.ts';
import type { Workbench } from './workbench.ts';

/** Connections of the requests that are not counted: enough to bring every path of the code into use. */
const WARM_UP_CONNECTIONS = 100;
/** The first goods of the shelves are for the warm-up. */
const WARM_UP = 0;

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
    for (let round = 1; round <= turns.rounds; round++) {
      const measurement = { load, shelves, index: round, seconds: turns.seconds };
      for (const { running, runs } of started)
        runs.push(await measure(bench, running, measurement));
    }
  } finally {
    for (const { running } of started) await running.close();
  }
  return started.map(({ contender, runs }) => ({ contender, figures: medianFigures(runs) }));
}

function shelvesFor(load: Load, { rounds, seconds }: Turns): Shelves {
  return { measurements: rounds + 1, skus: load.skus, units: unitsFor(load, seconds) };
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
  const close = async () => {
    await running.close();
    await engines.dropDatabase(database);
  };
  return { contender, running: { ...running, close }, runs: [] };
}

/** A sold-out SKU is refused by another path than one that is sold, and both are to be warm. */
async function warmUp(
  bench: Workbench,
  { running }: Started,
  load: Load,
  shelves: Shelves,
  { warmUpSeconds }: Turns,
): Promise<void> {
  if (warmUpSeconds === 0) return;
  const connections = Math.min(WARM_UP_CONNECTIONS, load.connections);
  const steady = { ...load, kind: 'steady' as const, connections };
  const warm: Measurement = { load: steady, shelves, index: WARM_UP, seconds: warmUpSeconds };
  await measure(bench, running, warm);
}
