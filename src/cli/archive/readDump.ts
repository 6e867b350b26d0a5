import type { Buffer } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import { DumpFault } from './dumpFault.ts';
import { LineReader } from './lineReader.ts';
import { FORMAT, FORMAT_VERSION, type Header, parseLine, type Trailer } from './lines.ts';
import { type Row, Tally } from './tally.ts';

const NO_DUMP = 'its first line is not that of a dump of Holdfast';
const NEWER = new RegExp(`^\\{"header":\\{"format":"${FORMAT}","version":(\\d+)[,}]`);

/** Rows of one kind that are handed on together; fewer where they are long. */
const BATCH_ROWS = 2_000;
const BATCH_CHARACTERS = 4 * 1024 * 1024;

/**
 * Reads a dump in one pass. First `header`, then `rows` to its end, then `trailer`; only when `rows` has ended well is
 * what it gave known to be what was dumped.
 */
export class DumpReader {
  readonly #lines: LineReader;
  readonly #tally = new Tally();
  #trailer: Trailer | undefined;

  /** @param input the dump, unpacked, in pieces of any size */
  constructor(input: AsyncIterable<Buffer>) {
    this.#lines = new LineReader(input);
  }

  /** @throws {DumpFault} it is no dump, or one of a newer program */
  async header(): Promise<Header> {
    if (!(await this.#lines.more())) throw new DumpFault('it is empty');
    const text = this.#lines.take();
    refuseNewer(text);
    const line = parseLine(text);
    if (line === undefined || !('header' in line)) throw new DumpFault(NO_DUMP);
    return line.header;
  }

  /** In batches of one kind. @throws {DumpFault} */
  async *rows(): AsyncGenerator<readonly Row[]> {
    let batch = new Batch();
    while (this.#lines.ready || (await this.#lines.more())) {
      const text = this.#lines.take();
      const row = this.#row(text);
      if (row === undefined || !batch.takes(row)) {
        if (batch.rows.length > 0) yield batch.rows;
        batch = new Batch();
      }
      if (row === undefined) {
        await this.#refuseMore();
        return;
      }
      batch.add(row, text.length);
    }
    const cut = `it ends after line ${this.#lines.number} without its last line; it was cut off`;
    throw new DumpFault(cut);
  }

  /** After all rows. */
  get trailer(): Trailer {
    if (this.#trailer === undefined) throw new Error('the dump was not read to its end');
    return this.#trailer;
  }

  /** @returns undefined for the trailer */
  #row(text: string): Row | undefined {
    const line = parseLine(text);
    if (line === undefined || 'header' in line) throw this.#fault('is not one of a dump');
    if ('trailer' in line) {
      this.#end(line.trailer);
      return undefined;
    }
    const fault = this.#tally.add(line);
    if (fault !== undefined) throw this.#fault(`is not in its place: ${fault}`);
    return line;
  }

  #end(trailer: Trailer): void {
    const fault = this.#tally.checkHead(trailer);
    if (fault !== undefined) throw new DumpFault(fault);
    const { sha256, ...counts } = trailer;
    const counted = { links: 0, mirror: 0, ...counts };
    const isWhole = isDeepStrictEqual(counted, this.#tally.end(trailer.time));
    if (!isWhole) throw new DumpFault('it holds not as many rows as its last line says');
    if (sha256 !== this.#lines.digestBefore()) {
      throw new DumpFault(
        'it is not what was dumped: its digest differs; it was changed on the way',
      );
    }
    this.#trailer = trailer;
  }

  async #refuseMore(): Promise<void> {
    if (this.#lines.ready || (await this.#lines.more())) {
      throw new DumpFault(`something follows its last line, line ${this.#lines.number}`);
    }
  }

  #fault(what: string): DumpFault {
    return new DumpFault(`line ${this.#lines.number} ${what}`);
  }
}

/** Says so of a dump that this program cannot read, however its header looks otherwise. */
function refuseNewer(text: string): void {
  const [, version] = NEWER.exec(text) ?? [];
  if (version === undefined || Number(version) <= FORMAT_VERSION) return;
  throw new DumpFault(
    `it has format ${version}, and this version of Holdfast reads formats up to ${FORMAT_VERSION}; ` +
      'restore it with the version that dumped it, or a newer one',
  );
}

class Batch {
  readonly rows: Row[] = [];
  #characters = 0;

  takes(row: Row): boolean {
    const [first] = this.rows;
    if (first === undefined) return true;
    if (this.rows.length >= BATCH_ROWS || this.#characters >= BATCH_CHARACTERS) return false;
    return Object.keys(first)[0] === Object.keys(row)[0];
  }

  add(row: Row, characters: number): void {
    this.rows.push(row);
    this.#characters += characters;
  }
}
