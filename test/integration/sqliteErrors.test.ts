import { describe, expect, it } from 'vitest';
import {
  OutcomeUnknownError,
  StoreConflictError,
  StoreRejectedError,
  StoreUnavailableError,
} from '../../src/ledger/errors.ts';
import { translated, translatedAtCommit } from '../../src/storage/sqlite/errors.ts';

/** An error as the driver throws it; `errcode` may be an extended code, whose low byte says what it is about. */
function driverError(errcode: number): Error {
  const facts = { code: 'ERR_SQLITE_ERROR', errcode, errstr: 'as the engine puts it' };
  return Object.assign(new Error('as the engine puts it'), facts);
}

describe('an error of the engine', () => {
  it.each([
    ['SQLITE_BUSY', 5, StoreConflictError],
    ['SQLITE_BUSY_RECOVERY', 261, StoreConflictError],
    ['SQLITE_BUSY_SNAPSHOT', 517, StoreConflictError],
    ['SQLITE_LOCKED', 6, StoreConflictError],
    ['SQLITE_CONSTRAINT_CHECK', 275, StoreRejectedError],
    ['SQLITE_CONSTRAINT_UNIQUE', 2067, StoreRejectedError],
    ['SQLITE_CONSTRAINT_DATATYPE', 3091, StoreRejectedError],
    ['SQLITE_TOOBIG', 18, StoreRejectedError],
    ['SQLITE_MISMATCH', 20, StoreRejectedError],
    ['SQLITE_FULL', 13, StoreUnavailableError],
    ['SQLITE_IOERR_WRITE', 778, StoreUnavailableError],
    ['SQLITE_CANTOPEN', 14, StoreUnavailableError],
    ['SQLITE_READONLY', 8, StoreUnavailableError],
    ['SQLITE_CORRUPT', 11, StoreUnavailableError],
    ['SQLITE_NOTADB', 26, StoreUnavailableError],
  ])('%s (%d) before the commit is told as it is meant', (_name, errcode, meaning) => {
    const error = driverError(errcode);
    expect(translated(error)).toBeInstanceOf(meaning);
    expect(translated(error)).toMatchObject({ cause: error });
  });

  it.each([
    ['SQLITE_IOERR_FSYNC', 1034, OutcomeUnknownError],
    ['SQLITE_FULL', 13, StoreUnavailableError],
    ['SQLITE_BUSY', 5, StoreConflictError],
  ])('%s (%d) at the commit is told as it is meant', (_name, errcode, meaning) => {
    expect(translatedAtCommit(driverError(errcode))).toBeInstanceOf(meaning);
  });

  it('is passed on as it is when it is not of the engine', () => {
    const ours = new TypeError('ours');
    expect(translated(ours)).toBe(ours);
    expect(translatedAtCommit(ours)).toBe(ours);
  });
});
