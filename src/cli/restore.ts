import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Command } from 'commander';
import { hideCredentials } from '../config/addresses.ts';
import { type FlagValues, readConfig } from '../config.ts';
import { DatabaseRefusedError } from '../storage/refused.ts';
import type { Storage } from '../storage/storage.ts';
import { DumpFault } from './archive/dumpFault.ts';
import type { Header, Trailer } from './archive/lines.ts';
import { DumpReader } from './archive/readDump.ts';
import { restoreLedger } from './archive/restoreLedger.ts';
import { plural, settingOption, withStorage } from './common.ts';
import { CommandError } from './exitCodes.ts';
import { startProgress } from './progress.ts';
import type { Tools } from './tools.ts';

export function restoreCommand(tools: Tools): Command {
  return new Command('restore')
    .summary('take a whole ledger into an empty database')
    .description(
      'Takes a ledger that dump has written into an empty database; of SQLite, the file is made where it is missing. Until it is done nothing can be done with the database but to restore again; a dump that is not whole leaves nothing behind. A ledger that was moved takes commands from then on; a copy (dump --keep-open) is for looking at.',
    )
    .argument(
      '[file]',
      'what dump wrote; unpacked if its name ends in .gz; standard input if left out',
    )
    .addOption(settingOption('database'))
    .addOption(settingOption('node'))
    .action((path: string | undefined, options: FlagValues) => runRestore(tools, path, options));
}

async function runRestore(
  tools: Tools,
  path: string | undefined,
  flags: FlagValues,
): Promise<void> {
  if (path === undefined && tools.in.isTTY === true) {
    throw new CommandError('name a file, or send one to standard input', 'usage');
  }
  const input = path === undefined ? tools.in : createReadStream(path);
  try {
    await restoreInto(tools, new DumpReader(unpacked(input, path)), flags);
  } finally {
    input.destroy();
  }
}

async function restoreInto(tools: Tools, dump: DumpReader, flags: FlagValues): Promise<void> {
  const header = await dump.header();
  const { node, copy } = header;
  const { database, node: wanted } = readConfig(flags, tools.env);
  const name = hideCredentials(database);
  refuseOtherNode(wanted, header);
  const { position } = await withStorage(
    tools,
    { ...flags, node },
    (storage) => restoreRows(tools, storage, dump, header).catch(explain(name)),
    { forRestore: true },
  );
  const state = copy
    ? 'it is a copy, for looking at, and takes no commands'
    : 'it takes commands from now on; verify checks it';
  tools.out.write(`${plural(position, 'event')} of node ${node} restored to ${name}; ${state}\n`);
}

async function restoreRows(
  tools: Tools,
  storage: Storage,
  dump: DumpReader,
  header: Header,
): Promise<Trailer> {
  const progress = startProgress(tools.err, 'making the rows', 1);
  try {
    return await restoreLedger(storage, dump, header, (done, total) => {
      progress.advanceTo(done, total);
    });
  } finally {
    progress.end();
  }
}

function explain(name: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof DatabaseRefusedError)) throw error;
    throw new CommandError(`${name}: ${error.message}`, 'usage');
  };
}

/** A log keeps its node for ever. */
function refuseOtherNode(wanted: string | null, { node }: Header): void {
  if (wanted === null || wanted === node) return;
  throw new CommandError(`the dump is of the node "${node}", not of "${wanted}"`, 'usage');
}

async function* unpacked(input: Readable, path: string | undefined): AsyncGenerator<Buffer> {
  const packed = path?.endsWith('.gz') === true;
  try {
    yield* packed ? pipeline(input, createGunzip(), () => undefined) : input;
  } catch (error) {
    throw cannotRead(error, path ?? 'standard input');
  }
}

function cannotRead(error: unknown, name: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_')) {
    return new DumpFault(`${name} cannot be unpacked: it was cut off, or changed on the way`);
  }
  if (!(error instanceof Error)) return error;
  return new CommandError(`cannot read ${name}: ${error.message}`, 'usage');
}
