import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { drawCurve } from './chart.ts';
import { falselyConnected } from './metrics.ts';
import { OUTAGES } from './outages.ts';
import { CONTENDERS } from './question.ts';
import { markdownLines, plainLines } from './report.ts';
import { runAll } from './runs.ts';

const SEEDS_DEFAULT = 100;
const DAYS_DEFAULT = 14;
/** Where nobody watches, every so many runs are told of. */
const LOGGED_RUNS = 100;

interface Flags {
  readonly seed: number;
  readonly seeds: number;
  readonly days: number;
  readonly policies: readonly string[];
  readonly outages: readonly string[];
  readonly markdown?: true;
  readonly chart?: string;
}

function natural(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number from 1');
  return value;
}

function some(flag: string, description: string, names: readonly string[]): Option {
  return new Option(`${flag} <names...>`, description).choices(names).default(names, 'all');
}

/** `npm run sim -- policies` */
export function policiesCommand(): Command {
  return new Command('policies')
    .description('Compares policies: what each refuses though it is there, and what it costs.')
    .option('--seed <n>', 'the first seed', natural, 1)
    .option('--seeds <n>', 'how many runs of each, each with the next seed', natural, SEEDS_DEFAULT)
    .option('--days <n>', 'how long a run is', natural, DAYS_DEFAULT)
    .addOption(
      some(
        '--policies',
        'which',
        CONTENDERS.map(({ name }) => name),
      ),
    )
    .addOption(
      some(
        '--outages',
        'of the lines, which',
        OUTAGES.map(({ name }) => name),
      ),
    )
    .option('--markdown', 'print a table for the docs')
    .option('--chart <file>', 'write the curve, as SVG')
    .action(compare);
}

async function compare(flags: Flags): Promise<void> {
  const cells = flags.outages.flatMap((outages) =>
    flags.policies.map((contender) => ({ contender, outages })),
  );
  const seeds = { first: flags.seed, count: flags.seeds, days: flags.days };
  const begun = performance.now();
  const results = await runAll(cells, seeds, tellProgress);
  const lines = flags.markdown ? markdownLines(results) : plainLines(results);
  process.stdout.write(`${lines.join('\n')}\n`);
  if (flags.chart !== undefined) await writeFile(flags.chart, drawCurve(results));
  const runs = cells.length * flags.seeds;
  const minutes = (performance.now() - begun) / 60_000;
  process.stderr.write(
    `${runs} runs of ${flags.days} days, ${(runs / minutes).toFixed(0)} a minute; in each nothing was oversold and all books are right\n`,
  );
  const wrong = results.reduce((units, { runs: all }) => units + falselyConnected(all), 0);
  if (wrong === 0) return;
  process.exitCode = 1;
  process.stderr.write(`${wrong} units were refused falsely while the line worked\n`);
}

function tellProgress(done: number, all: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all}${done === all ? '\n' : ''}`);
  else if (done % LOGGED_RUNS === 0) process.stderr.write(`${done} of ${all} runs\n`);
}
