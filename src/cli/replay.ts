import { basename } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config/settings.ts';
import { type FlagValues, readConfig } from '../config.ts';
import { identifierProblem } from '../domain/identifiers.ts';
import { plural, settingOption, withLedger } from './common.ts';
import { CommandError, EXIT_CODES } from './exitCodes.ts';
import { sizeOfInputFile } from './inputFile.ts';
import { listenForInterruption } from './interruption.ts';
import { startProgress } from './progress.ts';
import { runChainReplay } from './replay/chain/command.ts';
import { type ChainFlags, chainOptions, storesOption } from './replay/chain/options.ts';
import { DrivenClock, LedgerTarget } from './replay/ledgerTarget.ts';
import { openingTime } from './replay/operations.ts';
import { type ReplayRun, replay } from './replay/replay.ts';
import type { Scope } from './replay/scope.ts';
import { ServerTarget } from './replay/serverTarget.ts';
import { agree, compare, type Row, renderNotes, renderTable } from './replay/summary.ts';
import { type Survey, surveyFile } from './replay/survey.ts';
import type { Tally } from './replay/tally.ts';
import type { ReplayTarget } from './replay/target.ts';
import type { Tools } from './tools.ts';

interface Options extends FlagValues {
  readonly url?: string;
  readonly location: string;
  readonly limit?: number;
  readonly until?: number;
}

interface Result {
  readonly tally: Tally;
  readonly rows: readonly Row[];
}

const LOCATION_DEFAULT = 'online-retail-warehouse';

export function replayCommand(tools: Tools): Command {
  const command = new Command('replay')
    .summary("play a retailer's order lines through the ledger")
    .description(
      'Plays the order lines of the UCI Online Retail data set (CSV, also gzipped) in the order of the file: each invoice is one reservation, confirmed and fulfilled; each cancellation a return; each write-off and each find an adjustment. What is no product is skipped and counted. The file has no goods-in: the opening stock that it needs is invented, and labelled so. The dates of the file, taken as UTC, drive the clock of the database; with --url they travel as occurredAt. The same command goes on where an earlier one was stopped, and books nothing twice. With --stores it plays grocery sales (Complete Journey, 84.51°) through a hub and the nodes of the busiest stores instead, once for each policy, on databases of its own: a part of the baskets is bought online, lines are cut now and then, and what was refused though it was there is counted. Deliveries, online orders and cuts are invented.',
    )
    .argument('<file>', 'such as online-retail.csv.gz')
    .option('--url <url>', 'play into the server that runs there, not into a database of your own')
    .option('--location <location>', 'where everything is booked', parseLocation, LOCATION_DEFAULT)
    .option('--limit <lines>', 'stop after this many lines of the file', parseLimit)
    .option('--until <date>', 'stop at this date (RFC 3339, such as 2011-06-01)', parseDate)
    .addOption(settingOption('database'))
    .addOption(storesOption());
  for (const option of chainOptions()) command.addOption(option);
  return command.action((path: string, { stores, ...options }: Options & ChainFlags) => {
    if (stores !== undefined) return runChainReplay(tools, path, { ...options, stores });
    refuseChainFlags(options);
    return runReplay(tools, path, options);
  });
}

/** @throws {CommandError} when a flag is given that says nothing without `--stores` */
function refuseChainFlags(options: Options & ChainFlags): void {
  const given = chainOptions().find((option) => option.attributeName() in options);
  if (given !== undefined) throw new CommandError(`${given.long} needs --stores`, 'usage');
}

async function runReplay(tools: Tools, path: string, options: Options): Promise<void> {
  const startedAt = performance.now();
  const config = readConfig(options, tools.env);
  const scope = scopeOf(options);
  const survey = await surveyWithProgress(tools, path, scope);
  const interruption = listenForInterruption();
  tools.out.write(
    `playing ${plural(survey.totals.rows, 'line')} of ${basename(path)} at ${options.location}\n`,
  );
  const work = (target: ReplayTarget) =>
    playAndCompare({
      path,
      survey,
      scope,
      location: options.location,
      target,
      err: tools.err,
      signal: interruption.signal,
    });
  const result = await (options.url === undefined
    ? withOwnLedger(tools, config, survey, work)
    : withServer(options.url, config, work)
  ).finally(() => interruption.release());
  const seconds = (performance.now() - startedAt) / 1_000;
  report(tools, path, survey, options.location, result, seconds);
}

async function surveyWithProgress(tools: Tools, path: string, scope: Scope): Promise<Survey> {
  const progress = startProgress(tools.err, 'reading', sizeOfInputFile(path));
  try {
    return await surveyFile(path, scope, (count) => progress.advanceTo(count));
  } finally {
    progress.end();
  }
}

async function withOwnLedger<T>(
  tools: Tools,
  config: Config,
  survey: Survey,
  work: (target: ReplayTarget) => Promise<T>,
): Promise<T> {
  const clock = new DrivenClock(openingTime(survey));
  const storage = await tools.openStorage(config, { clock });
  try {
    return await withLedger(tools, storage, config, (ledger) =>
      work(new LedgerTarget(ledger, storage.queries, clock)),
    );
  } finally {
    await storage.close();
  }
}

async function withServer<T>(
  url: string,
  { apiKey }: Config,
  work: (target: ReplayTarget) => Promise<T>,
): Promise<T> {
  const target = new ServerTarget(url, apiKey);
  try {
    return await work(target);
  } finally {
    target.close();
  }
}

async function playAndCompare(run: ReplayRun): Promise<Result> {
  const tally = await replay(run);
  if (run.signal.aborted) {
    throw new CommandError(
      `stopped after ${plural(tally.totals.rows, 'line')}; the same command goes on from there`,
    );
  }
  const stock = mayBeAhead(run, tally) ? null : await run.target.stock(run.location);
  return { tally, rows: compare(run.survey, tally, stock) };
}

/** Whether an earlier run may have booked more than this one was asked to: only a part is played, and all of it was there. */
function mayBeAhead({ scope }: ReplayRun, tally: Tally): boolean {
  return tally.playedNow === 0 && (scope.limit !== undefined || scope.until !== undefined);
}

function report(
  tools: Tools,
  path: string,
  survey: Survey,
  location: string,
  { tally, rows }: Result,
  seconds: number,
): void {
  if (tally.playedNow === 0 && tally.playedBefore > 0) {
    tools.out.write(
      `${basename(path)} was played at ${location} before: nothing was left to do, and nothing was booked\n`,
    );
  } else if (tally.playedBefore > 0) {
    tools.out.write(
      `went on after ${plural(tally.playedBefore, 'operation')} that an earlier run had booked\n`,
    );
  }
  tools.out.write(`\n${renderTable(rows)}\n${renderNotes(survey, tally, location, seconds)}`);
  if (agree(rows)) return;
  tools.out.write('what was done is NOT what the file says\n');
  tools.endWith(EXIT_CODES.findings.code);
}

function scopeOf({ limit, until }: Options): Scope {
  return { ...(limit !== undefined && { limit }), ...(until !== undefined && { until }) };
}

function parseLocation(text: string): string {
  const problem = identifierProblem(text);
  if (problem === null) return text;
  throw new InvalidArgumentError(`It ${problem}.`);
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number above 0.');
}

function parseDate(text: string): number {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError('expected a date such as 2011-06-01 or 2011-06-01T12:00:00Z.');
}
