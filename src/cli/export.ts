import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Argument, Command, Option } from 'commander';
import type { FlagValues } from '../config.ts';
import type { Storage } from '../storage/storage.ts';
import { plural, settingOption, withKnownStorage } from './common.ts';
import { CommandError } from './exitCodes.ts';
import { EVENT_FORMATS, type EventFormat, exportEvents } from './export/events.ts';
import { type Chunk, exportLocations, exportProducts, exportStock } from './export/sources.ts';
import { cannotWrite, openTarget } from './export/target.ts';
import { startProgress } from './progress.ts';
import type { Tools } from './tools.ts';

interface Options extends FlagValues {
  readonly out?: string;
  readonly format?: EventFormat;
}

/** What to write, and how many rows it is likely to have. */
interface Source {
  readonly chunks: AsyncIterable<Chunk>;
  readonly rows: number;
}

const SUBJECTS = ['products', 'locations', 'stock', 'events'] as const;
type Subject = (typeof SUBJECTS)[number];

export function exportCommand(tools: Tools): Command {
  const format = new Option('--format <format>', 'of events: one JSON object a line, or CSV');
  return new Command('export')
    .summary('write products, locations, stock or events to a file')
    .description(
      'Writes products, locations or stock in the format that import takes, or the events of the log. A server may run meanwhile.',
    )
    .addArgument(new Argument('<what>').choices(SUBJECTS))
    .option('--out <file>', 'the file to write; standard output if left out')
    .addOption(format.choices(EVENT_FORMATS))
    .addOption(settingOption('database'))
    .action((subject: Subject, options: Options) => runExport(tools, subject, options));
}

async function runExport(tools: Tools, subject: Subject, options: Options): Promise<void> {
  const { out, format } = options;
  if (format !== undefined && subject !== 'events') {
    throw new CommandError(`${subject} are always written as CSV; leave out --format`, 'usage');
  }
  await withKnownStorage(tools, options, async (storage) => {
    const source = await openSource(tools, storage, subject, format ?? 'ndjson');
    if (out === undefined) {
      await writeOut(tools, subject, source);
      return;
    }
    const rows = await writeFile(tools, subject, source, out);
    tools.err.write(`${plural(rows, 'row')} of ${subject} written to ${out}\n`);
  });
}

async function openSource(
  { eventJson }: Tools,
  { books, queries, node }: Storage,
  subject: Subject,
  format: EventFormat,
): Promise<Source> {
  const counts = await books.inspect((view) => view.counts());
  switch (subject) {
    case 'products':
      return { chunks: exportProducts(queries), rows: counts.products };
    case 'locations':
      return { chunks: exportLocations(queries), rows: counts.locations };
    case 'stock':
      return { chunks: exportStock(queries), rows: counts.levels };
    case 'events':
      return {
        chunks: exportEvents({ queries, eventJson, node, format, head: counts.head }),
        rows: counts.head,
      };
  }
}

async function writeFile(
  tools: Tools,
  subject: Subject,
  source: Source,
  path: string,
): Promise<number> {
  const target = openTarget(path);
  try {
    const rows = await writeAll(tools, subject, source, target.stream, { end: true });
    await target.done();
    return rows;
  } catch (error) {
    await target.failed();
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw cannotWrite(path, error.message);
  }
}

/** @returns how many rows were written */
async function writeAll(
  tools: Tools,
  subject: Subject,
  { chunks, rows }: Source,
  target: Writable,
  { end }: { readonly end: boolean },
): Promise<number> {
  const progress = startProgress(tools.err, subject, rows);
  let written = 0;
  const texts = async function* () {
    for await (const chunk of chunks) {
      yield chunk.text;
      written += chunk.rows;
      progress.advanceTo(written);
    }
  };
  try {
    await pipeline(Readable.from(texts()), target, { end });
  } finally {
    progress.end();
  }
  return written;
}

/** Faults of standard output are told, as far as they are any, by whoever owns it: `head` may have had enough. */
async function writeOut(tools: Tools, subject: Subject, source: Source): Promise<void> {
  let fault: unknown;
  const remember = (error: unknown) => {
    fault = error;
  };
  tools.out.once('error', remember);
  try {
    await writeAll(tools, subject, source, tools.out, { end: false });
  } catch (error) {
    if (error !== fault) throw error;
  } finally {
    tools.out.off('error', remember);
  }
}
