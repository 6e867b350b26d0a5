import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Parser, parse } from 'csv-parse';
import { QUANTITY_MAX } from '../../domain/limits.ts';
import { CommandError } from '../exitCodes.ts';
import { CSV_RECORD_CHARACTERS_MAX, csvFault, quoted } from '../inputFile.ts';

/** One order line of the file, as it stands there. */
export interface Row {
  /** The record's number, the heading being 1: the line number, for no field of the file holds a line break. */
  readonly line: number;
  readonly invoice: string;
  readonly code: string;
  readonly description: string;
  readonly quantity: number;
  /** Milliseconds since 1970. The file names no time zone; its times are taken as UTC. */
  readonly time: number;
  readonly price: number;
}

const COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
] as const;
type Column = (typeof COLUMNS)[number];
type Places = { readonly [C in Column]: number };

/** Who else looks at the file while it is read. */
export interface Watch {
  /** Takes in the content (unpacked), so that the same rows have one digest however they are packed. */
  readonly digest?: Hash;
  /** Called with the number of bytes of the file (as packed) that were read. */
  readonly onBytes?: (bytes: number) => void;
}

/** Bytes of the file that are read at a time. */
const READ_BYTES = 256 * 1024;

/**
 * Reads the file from its beginning, a piece at a time; a name that ends in `.gz` is unpacked on the way.
 * @throws {CommandError} naming the line
 */
export async function* readRows(path: string, watch: Watch = {}): AsyncGenerator<Row> {
  const records = openRecords(path, watch);
  let places: Places | undefined;
  let line = 0;
  try {
    for await (const record of records) {
      line += 1;
      if (places) yield parseRow(record, places, line);
      else places = findColumns(record, path);
    }
  } catch (error) {
    throw explained(error, path);
  }
}

export function newDigest(): Hash {
  return createHash('sha256');
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

function findColumns(heading: readonly string[], path: string): Places {
  const place = (column: Column) => {
    const index = heading.indexOf(column);
    if (index === -1) throw badFile(`${path}: the heading has no column ${column}`);
    return index;
  };
  return {
    InvoiceNo: place('InvoiceNo'),
    StockCode: place('StockCode'),
    Description: place('Description'),
    Quantity: place('Quantity'),
    InvoiceDate: place('InvoiceDate'),
    UnitPrice: place('UnitPrice'),
  };
}

function parseRow(record: readonly string[], places: Places, line: number): Row {
  const field = (column: Column) => record[places[column]] ?? '';
  return {
    line,
    invoice: field('InvoiceNo'),
    code: field('StockCode'),
    description: field('Description').trim(),
    quantity: parseQuantity(field('Quantity'), line),
    time: parseTime(field('InvoiceDate'), line),
    price: parsePrice(field('UnitPrice'), line),
  };
}

function parseQuantity(text: string, line: number): number {
  const quantity = Number(text);
  if (!/^-?\d+$/.test(text) || Math.abs(quantity) > QUANTITY_MAX) {
    throw badFile(
      `line ${line}: Quantity ${quoted(text)} is not a whole number up to ${QUANTITY_MAX}`,
    );
  }
  return quantity;
}

function parsePrice(text: string, line: number): number {
  const price = Number(text);
  if (text === '' || !Number.isFinite(price)) {
    throw badFile(`line ${line}: UnitPrice ${quoted(text)} is not a number`);
  }
  return price;
}

const DATE_FORMAT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

function parseTime(text: string, line: number): number {
  const time = DATE_FORMAT.test(text) ? Date.parse(`${text.replace(' ', 'T')}Z`) : Number.NaN;
  if (Number.isNaN(time)) {
    throw badFile(`line ${line}: InvoiceDate ${quoted(text)} is not a YYYY-MM-DD HH:MM:SS`);
  }
  return time;
}

function explained(error: unknown, path: string): unknown {
  if (error instanceof CommandError || !(error instanceof Error)) return error;
  return badFile(`${path}: ${csvFault(error) ?? error.message}`);
}

/** The file cannot be read, or is not what it should be. */
export function badFile(message: string): CommandError {
  return new CommandError(message, 'usage');
}
