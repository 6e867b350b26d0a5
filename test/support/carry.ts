import { Buffer } from 'node:buffer';
import { dumpLedger } from '../../src/cli/archive/dumpLedger.ts';
import { DumpReader } from '../../src/cli/archive/readDump.ts';
import { restoreLedger } from '../../src/cli/archive/restoreLedger.ts';
import type { Storage } from '../../src/storage/storage.ts';

export async function dumpText(storage: Storage, copy = false): Promise<string> {
  let text = '';
  for await (const piece of dumpLedger(storage, { copy })) text += piece;
  return text;
}

/** @param pieceBytes how much of it comes at a time */
export async function restoreText(
  storage: Storage,
  text: string,
  pieceBytes = 1_000,
): Promise<void> {
  const dump = new DumpReader(pieces(Buffer.from(text), pieceBytes));
  await restoreLedger(storage, dump, await dump.header());
}

async function* pieces(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += length) {
    yield bytes.subarray(from, from + length);
  }
}
