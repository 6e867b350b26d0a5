import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Figures } from './figures.ts';
import type { Cell, Task } from './question.ts';

const WORKER = new URL('./runs.worker.ts', import.meta.url);

/** All runs of a cell, in the order of their seeds. */
export interface CellResult extends Cell {
  readonly runs: readonly Figures[];
}

type Reply = { readonly figures: Figures } | { readonly failure: string };

export interface Seeds {
  readonly first: number;
  readonly count: number;
  readonly days: number;
}

/**
 * Runs every cell with every seed, on all cores.
 * @param onDone called after each run with how many are done, of how many
 * @throws {Error} with the seed at which a run has failed
 */
export async function runAll(
  cells: readonly Cell[],
  { first, count, days }: Seeds,
  onDone: (done: number, all: number) => void,
): Promise<readonly CellResult[]> {
  const results = cells.map((cell) => ({ ...cell, runs: new Array<Figures>(count) }));
  const tasks = Array.from({ length: count }, (_, index) => index).flatMap((index) =>
    results.map(({ contender, outages, runs }) => ({
      task: { contender, outages, seed: first + index, days },
      keep: (figures: Figures) => {
        runs[index] = figures;
      },
    })),
  );
  const all = tasks.length;
  const work = async () => {
    const worker = new Worker(WORKER);
    try {
      for (let next = tasks.shift(); next !== undefined; next = tasks.shift()) {
        next.keep(await ask(worker, next.task));
        onDone(all - tasks.length, all);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

async function ask(worker: Worker, task: Task): Promise<Figures> {
  worker.postMessage(task);
  const [reply]: Reply[] = await once(worker, 'message');
  if (reply !== undefined && 'figures' in reply) return reply.figures;
  throw new Error(`${JSON.stringify(task)} fails: ${reply?.failure}`);
}
