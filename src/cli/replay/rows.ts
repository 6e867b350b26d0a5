import { createHash, type Hash } from 'node:crypto';
import { QUANTITY_MAX } from '../../domain/limits.ts';
import { quoted } from '../inputFile.ts';
import { badFile, type CsvRecord, readRecords, type Watch } from './records.ts';

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

/**
 * Reads the file from its beginning, a piece at a time; a name that ends in `.gz` is unpacked on the way.
 * @throws {CommandError} naming the line
 */
export async function* readRows(path: string, watch: Watch = {}): AsyncGenerator<Row> {
  for await (const record of readRecords(path, COLUMNS, watch)) yield parseRow(record);
}

export function newDigest(): Hash {
  return createHash('sha256');
}

function parseRow({ line, field }: CsvRecord<Column>): Row {
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
