import { CommandError } from '../exitCodes.ts';
import { type Progress, startProgress } from '../progress.ts';
import type { Output } from '../tools.ts';
import { type Booking, locationContent, productContent } from './commands.ts';
import { identityOf } from './identity.ts';
import { type Load, loadsOf } from './loads.ts';
import { allOperations, openingTime } from './operations.ts';
import { findEarlierRun, unplayed } from './resume.ts';
import { readRows } from './rows.ts';
import type { Scope } from './scope.ts';
import type { Survey } from './survey.ts';
import { Tally } from './tally.ts';
import type { ReplayTarget } from './target.ts';
import { countLine } from './totals.ts';

export interface ReplayRun {
  readonly path: string;
  readonly survey: Survey;
  readonly scope: Scope;
  readonly location: string;
  readonly target: ReplayTarget;
  /** Where the progress is shown. */
  readonly err: Output;
  /** Aborted when the run is to stop after what is under way. */
  readonly signal: AbortSignal;
}

/**
 * The second pass: books what the survey found, in the order of the file. What an earlier run booked is left as it is.
 * @returns what the ledger then has
 * @throws {CommandError} when the location belongs to something else, or the ledger cannot take the file
 */
export async function replay(run: ReplayRun): Promise<Tally> {
  const { survey, location, target } = run;
  const identity = identityOf(survey.digest, location);
  await prepareCatalogue(run);
  const earlier = await findEarlierRun(target, location, identity);
  const tally = new Tally();
  const rows = readRows(run.path);
  const operations = allOperations(rows, survey, run.scope, (meaning, quantity) =>
    countLine(tally.totals, meaning, quantity),
  );
  const booking: Booking = { location, identity, dated: !target.load.oneTime };
  const loads = loadsOf(unplayed(operations, target, earlier, tally), booking, target.load);
  await playAll(loads, run, tally);
  return tally;
}

async function prepareCatalogue({ survey, location, target }: ReplayRun): Promise<void> {
  const known = await target.location(location);
  if (known && known.attributes?.['dataset'] !== survey.digest) {
    throw new CommandError(
      `the location ${location} is there already and not of this file; name another one with --location`,
      'usage',
    );
  }
  if (!known)
    await target.putLocation(location, locationContent(survey.digest), openingTime(survey));
  const codes = await target.productCodes();
  const missing = Array.from(survey.products, ([sku, { name }]) => ({
    sku,
    content: productContent(name),
  })).filter(({ sku }) => !codes.has(sku));
  await target.putProducts(missing);
}

/** Reads the next load while one is being played. */
async function playAll(loads: AsyncGenerator<Load>, run: ReplayRun, tally: Tally): Promise<void> {
  const progress = startProgress(run.err, 'playing', run.survey.totals.rows);
  try {
    let next = loads.next();
    for (;;) {
      const { done, value: load } = await next;
      if (done || run.signal.aborted) break;
      next = loads.next();
      // Whoever waits for it is told of its failure; until then it must not count as one that nobody handles.
      next.catch(() => undefined);
      await play(load, run, tally, progress);
    }
  } finally {
    progress.end();
    await loads.return(undefined);
  }
}

async function play(
  load: Load,
  { target }: ReplayRun,
  tally: Tally,
  progress: Progress,
): Promise<void> {
  const commands = load.operations.flatMap((planned) => planned.commands);
  const results = await target.play(commands, load.time);
  tally.commits += 1;
  let first = 0;
  for (const { operation, commands: own } of load.operations) {
    const last = first + own.length;
    tally.takePlayed(operation, results.slice(first, last));
    first = last;
  }
  progress.advanceTo(tally.totals.rows);
}
