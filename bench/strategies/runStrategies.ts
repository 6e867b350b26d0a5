import type { LoadGenerator } from '../load/loadGenerator.ts';
import type { Turns } from '../measurement.ts';
import { renderTable } from '../table.ts';
import { columnsOf } from './columns.ts';
import type { Contender } from './contender.ts';
import { CONTENDERS, LIKE_EMPTY } from './contenders.ts';
import { type Engines, openEngines } from './engines.ts';
import { type Load, loadsFor } from './loads.ts';
import { type LoadResults, runLoad } from './runLoad.ts';
import { Buyers } from './rush.ts';
import { targetLines } from './targets.ts';

export const CONTENDER_NAMES = [...CONTENDERS, LIKE_EMPTY].map(({ name }) => name);
export const LOAD_NAMES = loadsFor(1).map(({ name }) => name);

export interface StrategiesRequest extends Turns {
  /** Of the sustained loads. */
  readonly connections: number;
  readonly generator: LoadGenerator;
  /** A folder of this run, removed at its end. */
  readonly folder: string;
  /** The address of a PostgreSQL to use; else one is started. */
  readonly database?: string | undefined;
  /** Names of loads and of contenders; all unless given. */
  readonly loads?: readonly string[] | undefined;
  readonly only?: readonly string[] | undefined;
  readonly print: (lines: readonly string[]) => void;
}

/** All results with what they hang on. */
export interface StrategyResults {
  /** Of this bench; those of the machine are printed before. */
  readonly conditions: readonly string[];
  readonly loads: readonly LoadResults[];
}

/** Runs the known answers side by side under each load, and prints each table as soon as it is known. */
export async function runStrategies(request: StrategiesRequest): Promise<StrategyResults> {
  const { folder, generator, print } = request;
  const engines = await openEngines(folder, request.database);
  const buyers = new Buyers();
  try {
    const conditions = conditionsOf(engines, request);
    print(conditions);
    const loads: LoadResults[] = [];
    for (const load of loadsFor(request.connections)) {
      if (request.loads && !request.loads.includes(load.name)) continue;
      const contenders = contendersFor(load, engines, request.only);
      const bench = { engines, buyers, generator, folder };
      const results = await runLoad(bench, contenders, load, request);
      print(['', load.title, ...renderTable(columnsOf(load), results)]);
      loads.push({ load, results });
    }
    print(['', ...targetLines(loads)]);
    return { conditions, loads };
  } finally {
    buyers.close();
    await engines.close();
  }
}

function contendersFor(
  load: Load,
  { redis }: Engines,
  only: readonly string[] | undefined,
): readonly Contender[] {
  const all = load.kind === 'steady' ? [...CONTENDERS, LIKE_EMPTY] : CONTENDERS;
  return all.filter(({ name, needsRedis }) => {
    return (redis !== null || !needsRedis) && (only === undefined || only.includes(name));
  });
}

function conditionsOf(
  engines: Engines,
  { rounds, seconds, connections }: StrategiesRequest,
): string[] {
  const redis = engines.redisVersion ?? 'not on this machine: its strategy is left out';
  return [
    `PostgreSQL      ${engines.postgresVersion}, synchronous_commit on; on the same cores`,
    `Redis           ${redis}`,
    `measured        ${rounds} rounds in turns, medians; sustained loads ${seconds} s with ${connections} connections`,
  ];
}
