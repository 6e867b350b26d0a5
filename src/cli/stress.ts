import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config/settings.ts';
import { readConfig } from '../config.ts';
import { QUANTITY_MAX } from '../domain/limits.ts';
import type { ApiSettings } from './apiClient.ts';
import { CommandError, EXIT_CODES } from './exitCodes.ts';
import { type Experiment, runExperiment } from './stress/experiment.ts';
import { type Figures, figuresOf } from './stress/figures.ts';
import { makeTemporaryFolder } from './temporaryFolder.ts';
import type { Tools } from './tools.ts';

interface Options extends Experiment {
  readonly url?: string;
}

/** Buyers who ask at the same moment have a connection each, up to this many. */
const CONNECTIONS_MAX = 1_000;
const BUYERS_MAX = 100_000;

export function stressCommand(tools: Tools): Command {
  return new Command('stress')
    .summary('many buyers for few units, all at once')
    .description(
      'The well-known experiment: all buyers ask for one unit of the same product at once, over HTTP. Exactly min(buyers, units) must be sold. The buyers rehearse before there is any stock, so that figures are those of a warm server. Without --url it runs against a server of its own, on a free port and a temporary database; with --url it makes a product of its own there, and the holds run out after 15 minutes.',
    )
    .option('--buyers <count>', 'how many ask', countUpTo(BUYERS_MAX), 1_000)
    .option('--units <count>', 'how many there are', countUpTo(QUANTITY_MAX), 10)
    .option('--url <url>', 'a running server')
    .action((options: Options) => runStress(tools, options));
}

async function runStress(tools: Tools, options: Options): Promise<void> {
  const { apiKey } = readConfig({}, tools.env);
  const figures =
    options.url === undefined
      ? await withOwnServer(tools, (url) => stress(url, null, options))
      : await stress(options.url, apiKey, options);
  tools.out.write(renderFigures(options, figures));
  if (!figures.isRight || figures.oversold > 0) tools.endWith(EXIT_CODES.findings.code);
}

async function stress(url: string, apiKey: string | null, options: Options): Promise<Figures> {
  const settings: ApiSettings = {
    url,
    actor: 'stress',
    connectionsMax: Math.min(options.buyers, CONNECTIONS_MAX),
    ...(apiKey !== null && { apiKey }),
  };
  return figuresOf(options, await runExperiment(settings, options));
}

/** Serves on a free port and a database that is thrown away. */
async function withOwnServer<T>(tools: Tools, work: (url: string) => Promise<T>): Promise<T> {
  const folder = await makeTemporaryFolder('stress');
  const done = Promise.withResolvers<T>();
  try {
    await tools.serve(ownConfig(path.join(folder, 'stress.db')), {
      ready: async (url) => {
        await work(url).then(done.resolve, done.reject);
      },
      until: done.promise.catch(() => undefined),
    });
    return await Promise.race([done.promise, stoppedEarly()]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Loses the race against work that is done. The buyers would go on asking a server that is gone. */
async function stoppedEarly(): Promise<never> {
  throw new CommandError('stopped before every buyer had an answer');
}

function ownConfig(database: string): Config {
  const flags = { host: '127.0.0.1', port: '0', database: `sqlite:${database}` };
  return readConfig({ ...flags, logLevel: 'warn', requestLog: 'false' }, {});
}

function renderFigures({ buyers, units }: Experiment, figures: Figures): string {
  const rows = [
    ['buyers', count(buyers)],
    ['units', count(units)],
    ['sold', count(figures.sold)],
    ['unsold', count(figures.unsold)],
    ['oversold', count(figures.oversold)],
    ['refused', count(figures.refused)],
    ['failed', count(figures.failed)],
    ['asked again', count(figures.repeats)],
    ['throughput', `${count(Math.round(figures.perSecond))} answers a second`],
    ['p50', `${figures.p50Ms.toFixed(1)} ms`],
    ['p99', `${figures.p99Ms.toFixed(1)} ms`],
  ];
  const width = Math.max(...rows.map(([label = '']) => label.length));
  const table = rows.map(([label = '', value]) => `${label.padEnd(width)}  ${value}`);
  const verdict = figures.isRight
    ? 'exactly min(buyers, units) were sold'
    : 'NOT exactly min(buyers, units) were sold';
  return `${[...table, verdict, ...figures.faults.map((fault) => `fault: ${fault}`)].join('\n')}\n`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

function countUpTo(max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,10}$/.test(text) ? Number(text) : 0;
    if (number >= 1 && number <= max) return number;
    throw new InvalidArgumentError(`expected a whole number from 1 to ${max}.`);
  };
}
