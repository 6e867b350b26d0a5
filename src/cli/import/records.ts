import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Info, parse } from 'csv-parse';
import { CommandError } from '../exitCodes.ts';
import { CSV_RECORD_CHARACTERS_MAX, csvFault } from '../inputFile.ts';

/** One line of a CSV file; `line` is where it begins, counted from 1 as an editor does. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * The lines of a CSV file as they come, the header among them. Nothing but the line at hand is kept in memory.
 * @param onBytes called with the number of bytes read so far
 * @throws {CommandError} when the file cannot be read, is not UTF-8, or its quotes do not match
 */
export async function* readRecords(
  file: string,
  onBytes: (count: number) => void,
): AsyncGenerator<CsvRecord> {
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n'],
    info: true,
    max_record_size: CSV_RECORD_CHARACTERS_MAX,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  const feeding = pipeline(Readable.from(decoded(file, onBytes)), parser);
  feeding.catch(() => undefined);
  const lines = new LineCounter();
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      yield { line: lines.startOf(record, info), fields: record };
    }
    await feeding;
  } catch (error) {
    throw readable(error, file);
  } finally {
    parser.destroy();
  }
}

/** Tells where records begin; the parser only says where they end. */
class LineCounter {
  #lastLine = 0;
  #emptyLines = 0;
  #overcounted = 0;

  startOf(fields: readonly string[], { lines, empty_lines }: Info): number {
    const start = this.#lastLine + 1 + empty_lines - this.#emptyLines;
    // The parser counts a carriage return within quotes, and the line feed after it, as two lines.
    for (const field of fields) this.#overcounted += field.split('\r').length - 1;
    this.#lastLine = lines - this.#overcounted;
    this.#emptyLines = empty_lines;
    return start;
  }
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: Info;
}

async function* decoded(file: string, onBytes: (count: number) => void): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    onBytes(bytes);
    yield decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}

function readable(error: unknown, file: string): unknown {
  const fault = csvFault(error);
  if (fault !== undefined) return new CommandError(`${file}, ${fault}`, 'usage');
  if (
    error instanceof TypeError &&
    'code' in error &&
    error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
  ) {
    return new CommandError(`${file} is not UTF-8; save it as UTF-8 and try again`, 'usage');
  }
  if (error instanceof Error && 'syscall' in error) {
    return new CommandError(`cannot read ${file}: ${error.message}`, 'usage');
  }
  return error;
}
