import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { DumpFault } from './dumpFault.ts';

const LINE_FEED = 0x0a;

/** Beyond this it is no line of a dump. The longest is an idempotency key of a large batch, some tens of megabytes. */
const LINE_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Lines of a dump, one after the other, with the digest of what came before the newest. Lines end at line feeds and
 * nowhere else: `node:readline` would also take U+2028 for an end, which may stand in a name.
 */
export class LineReader {
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #hash = createHash('sha256');
  /** Of the lines before `#next`, all were taken. */
  #lines: Buffer[] = [];
  #next = 0;
  /** The beginning of a line whose end has not been read. */
  #begun: Buffer[] = [];
  #begunBytes = 0;
  #newest: Buffer | undefined;
  #number = 0;

  constructor(input: AsyncIterable<Buffer>) {
    this.#pieces = input[Symbol.asyncIterator]();
  }

  /** Number of the line that was taken last; the first is 1. */
  get number(): number {
    return this.#number;
  }

  /** Whether a line can be taken without waiting. */
  get ready(): boolean {
    return this.#next < this.#lines.length;
  }

  /** Waits for another line. @returns whether there is one */
  async more(): Promise<boolean> {
    while (!this.ready) {
      const { done, value } = await this.#pieces.next();
      this.#next = 0;
      this.#lines = done === true ? this.#rest() : this.#split(value);
      if (done === true) return this.ready;
    }
    return true;
  }

  take(): string {
    const line = this.#lines[this.#next];
    if (line === undefined) throw new Error('there is a line');
    if (this.#newest) this.#hash.update(this.#newest);
    this.#newest = line;
    this.#next += 1;
    this.#number += 1;
    return line.toString();
  }

  /** SHA-256 of all lines before the newest, in hexadecimal. To be asked for once, at the last line. */
  digestBefore(): string {
    return this.#hash.digest('hex');
  }

  #split(piece: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, from)) {
      const last = piece.subarray(from, end + 1);
      lines.push(this.#begun.length === 0 ? last : Buffer.concat([...this.#begun, last]));
      this.#begun = [];
      this.#begunBytes = 0;
      from = end + 1;
    }
    this.#begin(piece.subarray(from));
    return lines;
  }

  #begin(part: Buffer): void {
    if (part.length === 0) return;
    this.#begun.push(part);
    this.#begunBytes += part.length;
    if (this.#begunBytes > LINE_BYTES_MAX) {
      throw new DumpFault(`line ${this.#number + 1} is longer than any of a dump`);
    }
  }

  #rest(): Buffer[] {
    const rest = this.#begun;
    this.#begun = [];
    return rest.length === 0 ? [] : [Buffer.concat(rest)];
  }
}
