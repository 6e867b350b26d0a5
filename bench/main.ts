import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { Bench } from './bench.ts';
import { runBig } from './big/runBig.ts';
import { HUB_ENGINES, type HubEngineName } from './chain/hubEngines.ts';
import { runChain } from './chain/runChain.ts';
import { describeConditions } from './conditions.ts';
import { runHistory } from './history.ts';
import { chooseGenerator, GENERATORS, type GeneratorName } from './load/choose.ts';
import { runNodes } from './nodes/runNodes.ts';
import { TRANSPORTS, type Transport } from './nodes/way.ts';
import { runPublish } from './publish/runPublish.ts';
import { ROWS } from './rows/rows.ts';
import { runRows } from './runRows.ts';
import { runSoak } from './soak.ts';
import { runSourcing } from './sourcing/runSourcing.ts';
import { writeStrategies } from './strategies/document.ts';
import { CONTENDER_NAMES, LOAD_NAMES, runStrategies } from './strategies/runStrategies.ts';

const SOAK_COMMANDS = 5_000_000;
const HISTORY_EVENTS = 5_000_000;
const BIG_EVENTS = 20_000_000;

interface Flags {
  readonly seconds: number;
  readonly connections: number;
  readonly generator?: GeneratorName;
  /** Of rows only. */
  readonly rounds?: number;
  readonly warmUp?: number;
  readonly profile?: string;
}

interface BigFlags extends Flags {
  readonly events: number;
  readonly database?: string;
}

interface ChainFlags extends Flags {
  readonly shops: number;
  readonly skus: number;
  readonly links: number;
  readonly dayEvents: number;
  readonly hub: HubEngineName;
}

interface StrategyFlags extends Flags {
  readonly write?: true;
  readonly database?: string;
  readonly loads?: readonly string[];
  readonly only?: readonly string[];
}

/** Adds the options that everything here has. */
function measuring(command: Command): Command {
  return command
    .option('--seconds <n>', 'length of one measurement (wrk: whole seconds)', positive, 3)
    .option('--connections <n>', 'connections of the load generator', wholeFrom(1), 500)
    .addOption(new Option('--generator <name>', 'load generator').choices(GENERATORS));
}

const program = measuring(new Command('npm run bench --'))
  .description('Measures the ledger beside what it is compared with, in one run.')
  .enablePositionalOptions()
  .addArgument(
    new Argument('[rows...]', 'what to measure; all rows if left out').choices(
      ROWS.map(({ name }) => name),
    ),
  )
  .option('--rounds <n>', 'how often each thing is measured, in turns', wholeFrom(1), 3)
  .option('--warm-up <n>', 'seconds of each thing that are not counted', wholeFrom(0), 2)
  .option('--profile <folder>', 'leave CPU profiles of the servers there')
  .action(async (names: readonly string[], flags: Flags) => {
    await withBench(flags, (bench) => runRows(select(names), bench, print));
  });

measuring(program.command('soak'))
  .description('Shows whether memory and the time of a start stay flat over many commands.')
  .option('--commands <n>', 'commands to send', wholeFrom(1), SOAK_COMMANDS)
  .action(async (flags: Flags & { readonly commands: number }) => {
    await withBench(flags, async (bench) => print(await runSoak(bench, flags.commands)));
  });

measuring(program.command('history'))
  .description('Shows what commands and reads cost as the log grows.')
  .option('--events <n>', 'events of the longest log', wholeFrom(1), HISTORY_EVENTS)
  .action(async (flags: Flags & { readonly events: number }) => {
    await withBench(flags, async (bench) => print(await runHistory(bench, flags.events)));
  });

measuring(program.command('strategies'))
  .description('Runs the known ways to sell each unit once side by side, on one PostgreSQL.')
  .option('--rounds <n>', 'how often each thing is measured, in turns', wholeFrom(1), 3)
  .option('--warm-up <n>', 'seconds of each thing that are not counted', wholeFrom(0), 2)
  .option('--database <url>', 'a PostgreSQL to use, as somebody who may make databases')
  .addOption(new Option('--loads <names...>', 'some of the loads').choices(LOAD_NAMES))
  .option('--write', 'put tables and charts into docs/performance.md')
  .addOption(new Option('--only <names...>', 'some of the strategies').choices(CONTENDER_NAMES))
  .action(async (flags: StrategyFlags) => {
    await withBench(flags, async (bench, machine) => {
      const { database, loads, only } = flags;
      const results = await runStrategies({ ...bench, database, loads, only, print });
      if (flags.write) await writeStrategies([...machine, ...results.conditions], results.loads);
    });
  });

measuring(program.command('big'))
  .description(
    'Shows whether a large ledger is as fast as a small one, and the plans of its statements.',
  )
  .option('--events <n>', 'events of the large ledger', wholeFrom(1), BIG_EVENTS)
  .option('--rounds <n>', 'how often each thing is measured, in turns', wholeFrom(1), 3)
  .option('--warm-up <n>', 'seconds of each thing that are not counted', wholeFrom(0), 2)
  .option('--database <url>', 'a PostgreSQL to use, as somebody who may make databases')
  .action(async (flags: BigFlags) => {
    const { events, database } = flags;
    await withBench(flags, (bench) => runBig(bench, { events, database, print }));
  });

measuring(program.command('nodes'))
  .description('Measures a hub and a shop: how soon a sale is seen, borrowing, and the line.')
  .addOption(
    new Option('--transport <name>', 'what carries the link')
      .choices(TRANSPORTS)
      .default('websocket'),
  )
  .action(async (flags: Flags & { readonly transport: Transport }) => {
    await withBench(flags, async ({ folder }) => print(await runNodes(folder, flags.transport)));
  });

measuring(program.command('chain'))
  .description(
    'Measures a hub and the shops of a chain: selling at once, idle links, a day offline.',
  )
  .option('--shops <n>', 'shops with a ledger of their own', wholeFrom(1), 50)
  .option('--skus <n>', 'products of each', wholeFrom(1), 1_000)
  .option('--links <n>', 'shops of a large chain', wholeFrom(1), 1_000)
  .option('--day-events <n>', 'events that a shop writes in a day', wholeFrom(1), 10_000)
  .addOption(
    new Option('--hub <engine>', 'what the hub keeps its books in')
      .choices(HUB_ENGINES)
      .default('sqlite'),
  )
  .action(async (flags: ChainFlags) => {
    await withBench(flags, ({ folder }) => runChain(folder, { ...flags, print }));
  });

measuring(program.command('sourcing'))
  .description(
    'Measures orders that leave the place open beside orders that name it, on each engine.',
  )
  .option('--rounds <n>', 'how often each thing is measured, in turns', wholeFrom(1), 5)
  .action(async (flags: Flags) => {
    const { rounds = 1, seconds } = flags;
    await withBench(flags, ({ folder }) => runSourcing({ folder, seconds, rounds, print }));
  });

measuring(program.command('publish'))
  .description(
    'Measures the publishing of the log over NATS: how soon a sale is there, and how fast it catches up.',
  )
  .option('--events <n>', 'events to catch up with', wholeFrom(1), 100_000)
  .action(async (flags: Flags & { readonly events: number }) => {
    await withBench(flags, async ({ folder }) => print(await runPublish(folder, flags.events)));
  });

endOnSignals();
await program.parseAsync();

/** An orderly end: what was started is stopped, and folders are removed, by those who wait for `exit`. */
function endOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + os.constants.signals[signal]));
  }
}

function select(names: readonly string[]) {
  return names.length === 0 ? ROWS : ROWS.filter(({ name }) => names.includes(name));
}

async function withBench(
  flags: Flags,
  work: (bench: Bench, conditions: readonly string[]) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  try {
    const generator = await chooseGenerator(flags.generator);
    const conditions = describeConditions(folder, generator.name);
    print(conditions);
    const { seconds, rounds = 1, warmUp = 0, connections, profile } = flags;
    const bench: Bench = {
      seconds,
      rounds,
      warmUpSeconds: warmUp,
      connections,
      generator,
      folder,
      profileFolder: profile && path.resolve(profile),
    };
    await work(bench, conditions);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
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
