import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { Bench } from './bench.ts';
import { describeConditions } from './conditions.ts';
import { chooseGenerator, GENERATORS, type GeneratorName } from './load/choose.ts';
import { ROWS } from './rows/rows.ts';
import { runRows } from './runRows.ts';

interface Flags {
  readonly seconds: number;
  readonly rounds: number;
  readonly warmUp: number;
  readonly connections: number;
  readonly generator?: GeneratorName;
  readonly profile?: string;
}

const program = new Command('npm run bench --')
  .description('Measures the ledger beside what it is compared with, in one run.')
  .addArgument(
    new Argument('[rows...]', 'what to measure; all rows if left out').choices(
      ROWS.map(({ name }) => name),
    ),
  )
  .option('--seconds <n>', 'length of one measurement', wholeFrom(1), 3)
  .option('--rounds <n>', 'how often each thing is measured, in turns', wholeFrom(1), 3)
  .option('--warm-up <n>', 'seconds of each thing that are not counted', wholeFrom(0), 2)
  .option('--connections <n>', 'connections of the load generator', wholeFrom(1), 500)
  .addOption(new Option('--generator <name>', 'load generator').choices(GENERATORS))
  .option('--profile <folder>', 'leave CPU profiles of the servers there')
  .action(async (names: readonly string[], flags: Flags) => {
    await withBench(flags, (bench) => runRows(select(names), bench));
  });

await program.parseAsync();

function select(names: readonly string[]) {
  return names.length === 0 ? ROWS : ROWS.filter(({ name }) => names.includes(name));
}

async function withBench(flags: Flags, work: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-bench-'));
  try {
    const generator = await chooseGenerator(flags.generator);
    print(describeConditions(folder, generator.name));
    const { seconds, rounds, warmUp, connections, profile } = flags;
    const profileFolder = profile && path.resolve(profile);
    await work({
      seconds,
      rounds,
      warmUpSeconds: warmUp,
      connections,
      generator,
      folder,
      profileFolder,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function wholeFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} on.`);
  };
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
