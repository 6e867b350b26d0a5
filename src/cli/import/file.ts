import { CommandError } from '../exitCodes.ts';
import { quoted, sizeOfInputFile } from '../inputFile.ts';
import { type Column, type Fields, type ImportKind, type ImportLine, LineFault } from './kind.ts';
import { LOCATIONS } from './locations.ts';
import { PRODUCTS } from './products.ts';
import { type CsvRecord, readRecords } from './records.ts';
import { STOCK } from './stock.ts';

export const IMPORT_KINDS: readonly ImportKind[] = [PRODUCTS, LOCATIONS, STOCK];

/** A file whose header was understood. */
export interface ImportFile {
  readonly path: string;
  readonly kind: ImportKind;
  readonly bytes: number;
  /** For each field of a line its column. */
  readonly columns: readonly string[];
}

/** A line of the file, or what is wrong with it. */
export interface ReadLine {
  readonly line: number;
  readonly content: ImportLine | string;
}

/**
 * Looks at the header only.
 * @param kindName which kind it must be; recognised from the header if undefined
 * @throws {CommandError}
 */
export async function openImportFile(path: string, kindName?: string): Promise<ImportFile> {
  const bytes = sizeOfInputFile(path);
  const header = (await firstRecord(path))?.fields.map((name) => name.trim()) ?? [];
  const kind = IMPORT_KINDS.find(({ name }) => name === kindName) ?? recognise(path, header);
  const columns = header.map((name) => columnNamed(path, kind, name));
  const missing = kind.columns.find(({ name, required }) => required && !columns.includes(name));
  if (missing !== undefined) throw wrongHeader(path, `has no column ${missing.name}`, kind);
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) throw wrongHeader(path, `has the column ${twice} twice`, kind);
  return { path, kind, columns, bytes };
}

/** The lines after the header, each read on its own: a bad one does not hide the next. */
export async function* readLines(
  file: ImportFile,
  onBytes: (count: number) => void,
): AsyncGenerator<ReadLine> {
  let isHeader = true;
  for await (const record of readRecords(file.path, onBytes)) {
    if (!isHeader) yield { line: record.line, content: readLine(file, record) };
    isHeader = false;
  }
}

async function firstRecord(path: string): Promise<CsvRecord | undefined> {
  for await (const record of readRecords(path, () => undefined)) return record;
  return undefined;
}

function recognise(path: string, header: readonly string[]): ImportKind {
  const kind = IMPORT_KINDS.find(({ columns }) =>
    columns.every((column) => !column.required || header.some((name) => isNamed(column, name))),
  );
  if (kind !== undefined) return kind;
  const headers = IMPORT_KINDS.map(({ name, columns }) => `${name}: ${spell(columns)}`).join('; ');
  throw new CommandError(
    `${path}: the header ${quoted(header.join(','))} is of no kind that is known (${headers}); optional columns are in brackets`,
    'usage',
  );
}

function columnNamed(path: string, kind: ImportKind, name: string): string {
  const column = kind.columns.find((candidate) => isNamed(candidate, name));
  if (column === undefined) throw wrongHeader(path, `has an unknown column ${quoted(name)}`, kind);
  return column.name;
}

function isNamed({ name, alias }: Column, text: string): boolean {
  const lower = text.toLowerCase();
  return name.toLowerCase() === lower || alias?.toLowerCase() === lower;
}

function wrongHeader(path: string, fault: string, { name, columns }: ImportKind): CommandError {
  return new CommandError(`${path} ${fault}; ${name} have the columns ${spell(columns)}`, 'usage');
}

function spell(columns: readonly Column[]): string {
  return columns.map(({ name, required }) => (required ? name : `[${name}]`)).join(',');
}

function readLine({ kind, columns }: ImportFile, { fields }: CsvRecord): ImportLine | string {
  if (fields.length !== columns.length) {
    return `has ${fields.length} fields, but the header has ${columns.length}`;
  }
  const byColumn: Fields = new Map(columns.map((name, index) => [name, fields[index] ?? '']));
  try {
    return kind.read(byColumn);
  } catch (error) {
    if (error instanceof LineFault) return error.message;
    throw error;
  }
}
