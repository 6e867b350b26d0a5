import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Parser, parse } from 'csv-parse';
import { CommandError } from '../exitCodes.ts';
import { CSV_RECORD_CHARACTERS_MAX, csvFault } from '../inputFile.ts';

/** Who else looks at a file while it is read. */
export interface Watch {
  /** Takes in the content (unpacked), so that the same rows have one digest however they are packed. */
  readonly digest?: Hash;
  /** Called with the number of bytes of the file (as packed) that were read. */
  readonly onBytes?: (bytes: number) => void;
}

/** One record of a CSV file, its fields by the names of the heading. */
export interface CsvRecord<C extends string> {
  /** The heading being 1: the line number, where no field holds a line break. */
  readonly line: number;
  field(column: C): string;
}

/** Bytes of the file that are read at a time. */
const READ_BYTES = 256 * 1024;

/**
 * Reads a CSV file from its beginning, a piece at a time; a name that ends in `.gz` is unpacked on the way.
 * @throws {CommandError} naming the line, or the column that the heading lacks
 */
export async function* readRecords<C extends string>(
  path: string,
  columns: readonly C[],
  watch: Watch = {},
): AsyncGenerator<CsvRecord<C>> {
  let places: ReadonlyMap<C, number> | undefined;
  let line = 0;
  try {
    for await (const record of openRecords(path, watch)) {
      line += 1;
      if (places) yield recordOf(record, places, line);
      else places = findColumns(record, columns, path);
    }
  } catch (error) {
    throw explained(error, path);
  }
}

function recordOf<C extends string>(
  fields: readonly string[],
  places: ReadonlyMap<C, number>,
  line: number,
): CsvRecord<C> {
  return { line, field: (column) => fields[places.get(column) ?? -1] ?? '' };
}

function openRecords(path: string, { digest, onBytes }: Watch): Parser {
  const parser = parse({ bom: true, max_record_size: CSV_RECORD_CHARACTERS_MAX });
  const file = createReadStream(path, { highWaterMark: READ_BYTES });
  const content = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digest?.update(chunk);
      onBytes?.(file.bytesRead);
      done(null, chunk);
    },
  });
  const stages = path.endsWith('.gz') ? [file, createGunzip(), content] : [file, content];
  // A fault of any stage destroys the parser with it, so whoever reads the records is told.
  pipeline([...stages, parser], () => undefined);
  return parser;
}

function findColumns<C extends string>(
  heading: readonly string[],
  columns: readonly C[],
  path: string,
): ReadonlyMap<C, number> {
  return new Map(
    columns.map((column) => {
      const index = heading.indexOf(column);
      if (index === -1) throw badFile(`${path}: the heading has no column ${column}`);
      return [column, index];
    }),
  );
}

function explained(error: unknown, path: string): unknown {
  if (error instanceof CommandError || !(error instanceof Error)) return error;
  return badFile(`${path}: ${csvFault(error) ?? error.message}`);
}

/** The file cannot be read, or is not what it should be. */
export function badFile(message: string): CommandError {
  return new CommandError(message, 'usage');
}
