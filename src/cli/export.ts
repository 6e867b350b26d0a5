import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { Argument, Command, Option } from 'commander';
import type { FlagValues } from '../config.ts';
import type { Storage } from '../storage/storage.ts';
import { plural, settingOption, withStorage } from './common.ts';
import { CommandError } from './exitCodes.ts';
import { EVENT_FORMATS, type EventFormat, exportEvents } from './export/events.ts';
import { type Chunk, exportLocations, exportProducts, exportStock } from './export/sources.ts';
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
  await withStorage(tools, options, async (storage) => {
    const source = await openSource(storage, subject, format ?? 'ndjson');
    if (out === undefined) {
      await writeAll(tools, subject, source, tools.out);
      return;
    }
    const rows = await writeFile(tools, subject, source, out);
    tools.err.write(`${plural(rows, 'row')} of ${subject} written to ${out}\n`);
  });
}

async function openSource(
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
      return { chunks: exportEvents(queries, node, format, counts.head), rows: counts.head };
  }
}

/** The file has its name only when it is whole, so that nobody takes a broken one for the export. */
async function writeFile(
  tools: Tools,
  subject: Subject,
  source: Source,
  path: string,
): Promise<number> {
  const draft = `${path}.part`;
  const file = createWriteStream(draft);
  try {
    const rows = await writeAll(tools, subject, source, file);
    await new Promise<void>((resolve, reject) => {
      file.once('error', reject).end(resolve);
    });
    await rename(draft, path);
    return rows;
  } catch (error) {
    file.destroy();
    await rm(draft, { force: true });
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new CommandError(`cannot write ${path}: ${error.message}`);
  }
}

/** @returns how many rows were written; fewer than there are when the reader of a pipe has had enough */
async function writeAll(
  tools: Tools,
  subject: Subject,
  { chunks, rows }: Source,
  target: Writable,
): Promise<number> {
  const progress = startProgress(tools.err, subject, rows);
  let written = 0;
  try {
    for await (const chunk of chunks) {
      await write(target, chunk.text);
      written += chunk.rows;
      progress.advanceTo(written);
    }
  } catch (error) {
    if (!isClosedPipe(error)) throw error;
  } finally {
    progress.end();
  }
  return written;
}

/** Waits until the text is taken, so that a slow target holds up the reading and not the memory. */
function write(target: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    target.once('error', reject);
    target.write(text, (error) => {
      target.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
