import { statSync } from 'node:fs';
import { CsvError } from 'csv-parse';
import { CommandError } from './exitCodes.ts';

/**
 * Files that a command takes in are read more than once, the first time only to check them.
 * @returns the number of bytes
 * @throws {CommandError} when there is none, or it is a pipe or a folder
 */
export function sizeOfInputFile(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() === true) return stats.size;
  const fault =
    stats === undefined
      ? 'there is no such file'
      : 'it is not a file; it is read more than once, so save what it holds to one';
  throw new CommandError(`cannot read ${path}: ${fault}`, 'usage');
}

/** Beyond this a record of a CSV file is not data but a quote that was never closed. */
export const CSV_RECORD_CHARACTERS_MAX = 1_000_000;

/** What is wrong with a CSV file, in words; undefined for an error of another kind. What the file holds is not quoted. */
export function csvFault(error: unknown): string | undefined {
  if (!(error instanceof CsvError)) return undefined;
  return `line ${error['lines']}: ${CSV_FAULTS[error.code] ?? 'it is not CSV'}`;
}

const CSV_FAULTS: { readonly [code: string]: string } = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_MAX_RECORD_SIZE: `a line has more than ${CSV_RECORD_CHARACTERS_MAX} characters; is a quote left open?`,
  INVALID_OPENING_QUOTE: 'a quote in a field must be doubled, and the field put in quotes',
  CSV_INVALID_CLOSING_QUOTE: 'a quoted field must end at its closing quote',
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'it has not as many fields as the heading',
};

const QUOTED_LENGTH_MAX = 60;

/** What stands in a file as it may be shown on a terminal: in quotes, escaped, and not at any length. */
export function quoted(text: string): string {
  const short = text.length > QUOTED_LENGTH_MAX ? `${text.slice(0, QUOTED_LENGTH_MAX)}...` : text;
  return JSON.stringify(short);
}
