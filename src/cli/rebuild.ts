import { Command } from 'commander';
import type { FlagValues } from '../config.ts';
import { type RebuildReport, rebuildBooks, UnsoundLogError } from '../ledger/rebuild.ts';
import { plural, settingOption, withKnownStorage } from './common.ts';
import { CommandError } from './exitCodes.ts';
import { startProgress } from './progress.ts';
import type { Tools } from './tools.ts';

export function rebuildCommand(tools: Tools): Command {
  return new Command('rebuild')
    .summary('make all rows anew from the log')
    .description(
      'Makes levels, reservations, transfers and catalogue anew from the log, in one transaction. Reference and metadata of reservations, which the log does not hold, stay. A server that runs meanwhile waits, or turns requests away, until it is done.',
    )
    .addOption(settingOption('database'))
    .action((options: FlagValues) => runRebuild(tools, options));
}

async function runRebuild(tools: Tools, flags: FlagValues): Promise<void> {
  const report = await withKnownStorage(tools, flags, async ({ books }) => {
    const progress = startProgress(tools.err, 'rebuilding', 1);
    try {
      return await rebuildBooks(books, (done, total) => progress.advanceTo(done, total));
    } catch (error) {
      if (error instanceof UnsoundLogError) throw new CommandError(error.message, 'findings');
      throw error;
    } finally {
      progress.end();
    }
  });
  tools.out.write(`${summary(report)}\n`);
}

function summary(report: RebuildReport): string {
  const rows = [
    plural(report.levels, 'level'),
    plural(report.reservations, 'reservation'),
    plural(report.transfers, 'transfer'),
    plural(report.products, 'product'),
    plural(report.locations, 'location'),
    ...(report.shares > 0 ? [plural(report.shares, 'share')] : []),
  ];
  return `made anew from ${plural(report.events, 'event')}: ${rows.join(', ')}`;
}
