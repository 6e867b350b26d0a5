import path from 'node:path';
import type { Bench } from './bench.ts';
import { wholeLives } from './rows/plans.ts';
import type { ServerFigures } from './server/messages.ts';
import { LEDGER_SERVER, ServerProcess } from './server/serverProcess.ts';
import { type Column, decimals, renderTable, whole } from './table.ts';

/** How many lines the table has. */
const SAMPLES = 20;
const MIB = 2 ** 20;

interface Sample extends ServerFigures {
  readonly commandsPerS: number;
}

const COLUMNS: readonly Column<Sample>[] = [
  { heading: 'commands', cell: ({ commands }) => whole(commands) },
  { heading: 'resident MiB', cell: ({ residentBytes }) => whole(residentBytes / MIB) },
  { heading: 'heap MiB', cell: ({ heapBytes }) => decimals(heapBytes / MIB, 1) },
  { heading: 'commands/s', cell: ({ commandsPerS }) => whole(commandsPerS) },
];

/**
 * Sends whole lives of reservations to one server until it has decided so many commands, and shows its memory on the
 * way, measured after a collection of garbage. Then shows how long the server takes to start on that history.
 */
export async function runSoak(bench: Bench, commands: number): Promise<string[]> {
  const database = path.join(bench.folder, 'soak.db');
  const start = () => startServer(bench.folder, database);
  await (await start()).stop();
  const fresh = await timed(start);
  const samples = await collectSamples(fresh.result, bench, commands);
  await fresh.result.stop();
  const old = await timed(start);
  await old.result.stop();
  return [
    ...renderTable(COLUMNS, samples),
    '',
    `start of the server: ${whole(fresh.ms)} ms on an empty history, ${whole(old.ms)} ms after ${whole(samples.at(-1)?.commands ?? 0)} commands`,
  ];
}

function startServer(folder: string, database: string): Promise<ServerProcess> {
  return ServerProcess.start({
    script: LEDGER_SERVER,
    args: [JSON.stringify({ database: `sqlite:${database}` })],
    nodeFlags: ['--expose-gc'],
    folder,
  });
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const startedAt = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedAt };
}

async function collectSamples(
  server: ServerProcess,
  { connections, folder, generator, seconds }: Bench,
  commands: number,
): Promise<Sample[]> {
  const plan = wholeLives();
  const load = { url: server.url, connections, seconds, folder };
  const samples: Sample[] = [];
  let before = await server.figures(true);
  let measuredSeconds = 0;
  for (let last = before; last.commands < commands; ) {
    const { seconds: took, failures } = await generator.run(plan, load);
    if (failures > 0) throw new Error(`${failures} requests failed`);
    measuredSeconds += took;
    last = await server.figures(true);
    const made = last.commands - before.commands;
    if (made < commands / SAMPLES && last.commands < commands) continue;
    samples.push({ ...last, commandsPerS: made / measuredSeconds });
    before = last;
    measuredSeconds = 0;
  }
  return samples;
}
