import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Command } from 'commander';
import type { FlagValues } from '../config.ts';
import type { Storage } from '../storage/storage.ts';
import { dumpLedger } from './archive/dumpLedger.ts';
import { plural, settingOption, withKnownStorage } from './common.ts';
import { CommandError } from './exitCodes.ts';
import { cannotWrite, openTarget } from './export/target.ts';
import { startProgress } from './progress.ts';
import type { Tools } from './tools.ts';

/** A dump holds what customers said. */
const OWNER_ONLY = 0o600;

interface Options extends FlagValues {
  readonly out?: string;
  readonly keepOpen?: boolean;
}

export function dumpCommand(tools: Tools): Command {
  return new Command('dump')
    .summary('move the whole ledger out, for restore to take it into another database')
    .description(
      'Writes the whole ledger as lines of JSON, which restore takes into an empty database of any engine. The ledger is frozen for it: when its end is being written it takes no more commands, in no process, so that nothing is sold here after it was moved; it can still be read. thaw takes that back. A server may run meanwhile.',
    )
    .option(
      '--out <file>',
      'the file to write, packed if its name ends in .gz; standard output if left out',
    )
    .option(
      '--keep-open',
      'make a copy: the ledger goes on, and what is restored from the copy is for looking at',
    )
    .addOption(settingOption('database'))
    .action((options: Options) => runDump(tools, options));
}

async function runDump(tools: Tools, options: Options): Promise<void> {
  const { out, keepOpen: copy = false } = options;
  if (out === undefined && tools.out.isTTY === true) {
    const remedy = 'add --out <file>, or send it to a file or another command';
    throw new CommandError(`a dump is not for a terminal; ${remedy}`, 'usage');
  }
  await withKnownStorage(tools, options, async (storage) => {
    await refuseCopy(storage, copy);
    const position = await dumpTo(tools, storage, { out, copy });
    const frozen = await storage.archive.frozen();
    const what = `${plural(position, 'event')} and all that belongs to them`;
    const where = out === undefined ? 'written' : `written to ${out}`;
    const state = frozen ? 'the ledger is frozen here' : 'the ledger goes on here';
    tools.err.write(`${what} ${where}; ${state}\n`);
  });
}

/** What came of a copy would go on selling beside the ledger that it is a copy of. */
async function refuseCopy({ archive }: Storage, copy: boolean): Promise<void> {
  if (copy || (await archive.frozen())?.reason !== 'copy') return;
  const remedy = 'add --keep-open for another copy, or thaw it first';
  throw new CommandError(`the database holds a copy of a ledger; ${remedy}`, 'usage');
}

/** @returns the position at which the log ends */
async function dumpTo(
  tools: Tools,
  storage: Storage,
  { out, copy }: { readonly out: string | undefined; readonly copy: boolean },
): Promise<number> {
  const head = await storage.queries.head();
  const progress = startProgress(tools.err, 'dumping', head.position);
  let frozen = false;
  let position = 0;
  const text = dumpLedger(storage, {
    copy,
    onFrozen: () => {
      frozen = true;
    },
    onProgress: (reached) => {
      position = reached;
      progress.advanceTo(reached);
    },
  });
  try {
    await (out === undefined ? writeOut(tools, text) : writeFile(text, out));
    return position;
  } catch (error) {
    if (frozen) tools.err.write(`${FROZEN_FOR_NOTHING}\n`);
    throw error;
  } finally {
    progress.end();
  }
}

const FROZEN_FOR_NOTHING =
  'holdfast: the dump is not whole, and the ledger is frozen; dump it again, or thaw it';

async function writeFile(text: AsyncIterable<string>, path: string): Promise<void> {
  const target = openTarget(path, OWNER_ONLY);
  const source = Readable.from(text);
  try {
    if (path.endsWith('.gz')) await pipeline(source, createGzip(), target.stream);
    else await pipeline(source, target.stream);
    await target.done();
  } catch (error) {
    await target.failed();
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw cannotWrite(path, error.message);
  }
}

/** Unlike other results, a dump of which somebody has had enough is no dump. */
async function writeOut({ out }: Tools, text: AsyncIterable<string>): Promise<void> {
  let fault: unknown;
  const remember = (error: unknown) => {
    fault = error;
  };
  out.once('error', remember);
  try {
    await pipeline(Readable.from(text), out, { end: false });
    await flushed(out);
  } catch (error) {
    if (error !== fault) throw error;
    throw new CommandError('standard output was closed before the dump was whole');
  } finally {
    out.off('error', remember);
  }
}

function flushed(out: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    out.write('', (error) => (error ? reject(error) : resolve()));
  });
}
