import { Command, Option } from 'commander';
import type { FlagValues } from '../config.ts';
import type { QueryStore } from '../queries/store.ts';
import { plural, settingOption, withLedger, withStorage } from './common.ts';
import { CommandError, EXIT_CODES } from './exitCodes.ts';
import { applyImport } from './import/apply.ts';
import { IMPORT_KINDS, type ImportFile, openImportFile } from './import/file.ts';
import { type BadLine, type PlanPart, planImport } from './import/plan.ts';
import { type Progress, startProgress } from './progress.ts';
import type { Tools } from './tools.ts';

interface Options extends FlagValues {
  readonly kind?: string;
  readonly dryRun?: boolean;
}

interface Findings {
  readonly lines: number;
  readonly changes: number;
}

const BAD_LINES_SHOWN_MAX = 100;

export function importCommand(tools: Tools): Command {
  const kinds = IMPORT_KINDS.map(({ name }) => name);
  return new Command('import')
    .summary('take in products, locations or stock from a CSV file')
    .description(
      'Takes in products.csv, locations.csv or stock.csv, which the header tells apart. All lines are checked first: when one is bad, nothing is done at all. Only what differs is applied, so the same file can be taken in again.',
    )
    .argument('<file>', 'a CSV file in UTF-8 with a header')
    .addOption(new Option('--kind <kind>', 'what the file holds').choices(kinds))
    .option('--dry-run', 'list what would change, and change nothing')
    .addOption(settingOption('database'))
    .action((path: string, options: Options) => runImport(tools, path, options));
}

async function runImport(tools: Tools, path: string, options: Options): Promise<void> {
  const file = await openImportFile(path, options.kind);
  await withStorage(tools, options, async (storage, config) => {
    const found = await check(tools, file, storage.queries, options.dryRun === true);
    if (options.dryRun === true) {
      tools.out.write(
        `${plural(found.lines, 'line')}, ${plural(found.changes, 'change')} to make\n`,
      );
      if (found.changes > 0) tools.endWith(EXIT_CODES.findings.code);
      return;
    }
    const applied = await withLedger(tools, storage, config, (ledger) => {
      const parts = watched(tools, 'applying', file, planImport(file, storage.queries));
      return applyImport(file, parts, ledger);
    });
    tools.out.write(
      `${file.kind.name}: ${plural(found.lines, 'line')} read, ${plural(applied, 'change')} made\n`,
    );
  });
}

/** The first pass: reads everything and changes nothing. */
async function check(
  tools: Tools,
  file: ImportFile,
  queries: QueryStore,
  listed: boolean,
): Promise<Findings> {
  let lines = 0;
  let changes = 0;
  let badLines = 0;
  const plan = planImport(file, queries);
  // A list and a bar on the same terminal would write over each other.
  for await (const part of listed ? plan : watched(tools, 'checking', file, plan)) {
    lines += part.lines;
    changes += part.changes.length;
    report(tools, file, part.bad.slice(0, Math.max(0, BAD_LINES_SHOWN_MAX - badLines)));
    badLines += part.bad.length;
    if (listed) for (const { summary } of part.changes) tools.out.write(`${summary}\n`);
  }
  if (badLines > 0) throw new CommandError(badLinesMessage(file, badLines), 'usage');
  return { lines, changes };
}

function report(tools: Tools, { path }: ImportFile, bad: readonly BadLine[]): void {
  for (const { line, fault } of bad) tools.err.write(`${path}, line ${line}: ${fault}\n`);
}

function badLinesMessage({ path }: ImportFile, count: number): string {
  const shown = count > BAD_LINES_SHOWN_MAX ? `, the first ${BAD_LINES_SHOWN_MAX} are shown` : '';
  return `${path} has ${plural(count, 'bad line')}${shown}; nothing was done`;
}

async function* watched(
  tools: Tools,
  label: string,
  file: ImportFile,
  parts: AsyncIterable<PlanPart>,
): AsyncGenerator<PlanPart> {
  const progress: Progress = startProgress(tools.err, label, file.bytes);
  try {
    for await (const part of parts) {
      progress.advanceTo(part.bytesRead);
      yield part;
    }
  } finally {
    progress.end();
  }
}
