import { Command } from 'commander';
import type { FlagValues } from '../config.ts';
import type { Finding } from '../ledger/findings.ts';
import { type VerifyReport, verifyBooks } from '../ledger/verify.ts';
import { plural, settingOption, withKnownStorage } from './common.ts';
import { EXIT_CODES } from './exitCodes.ts';
import { startProgress } from './progress.ts';
import type { Tools } from './tools.ts';

export function verifyCommand(tools: Tools): Command {
  return new Command('verify')
    .summary('check the books against their own log')
    .description(
      'Walks the whole log, recomputes every balance and compares it with every row: levels, reservations, transfers, catalogue, and the sum over all accounts. Changes nothing. A server may run meanwhile.',
    )
    .addOption(settingOption('database'))
    .action((options: FlagValues) => runVerify(tools, options));
}

async function runVerify(tools: Tools, flags: FlagValues): Promise<void> {
  const report = await withKnownStorage(tools, flags, async ({ books }) => {
    const progress = startProgress(tools.err, 'verifying', 1);
    try {
      return await verifyBooks(books, (done, total) => progress.advanceTo(done, total));
    } finally {
      progress.end();
    }
  });
  for (const finding of report.findings) tools.out.write(`${describe(finding)}\n`);
  tools.out.write(`${summary(report)}\n${verdict(report)}\n`);
  if (report.findingCount > 0) tools.endWith(EXIT_CODES.findings.code);
}

function describe({ code, position, subject, expected, found }: Finding): string {
  const where = position === null ? '' : ` (position ${position})`;
  return `${code}: ${subject}${where}: expected ${expected}, found ${found}`;
}

function summary(report: VerifyReport): string {
  const rows = [
    plural(report.events, 'event'),
    plural(report.levels, 'level'),
    plural(report.reservations, 'reservation'),
    plural(report.transfers, 'transfer'),
    plural(report.products, 'product'),
    plural(report.locations, 'location'),
    ...(report.shares > 0 ? [plural(report.shares, 'share')] : []),
  ];
  return `checked ${rows.join(', ')}; ${report.onHand.toLocaleString('en')} units on hand`;
}

function verdict({ findingCount, findings }: VerifyReport): string {
  if (findingCount === 0) return 'the books are right';
  const shown = findingCount > findings.length ? `, the first ${findings.length} are shown` : '';
  return `the books are wrong: ${plural(findingCount, 'difference')}${shown}`;
}
