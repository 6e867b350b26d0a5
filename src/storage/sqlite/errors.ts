import {
  OutcomeUnknownError,
  StoreConflictError,
  StoreRejectedError,
  StoreUnavailableError,
} from '../../ledger/errors.ts';

// Primary result codes, https://www.sqlite.org/rescode.html; the low byte of what the driver reports.
const BUSY = 5;
const LOCKED = 6;
const IO_ERROR = 10;
const TOO_BIG = 18;
const CONSTRAINT = 19;
const MISMATCH = 20;
const RESULT_CODE_MASK = 0xff;

interface SqliteError extends Error {
  readonly errcode: number;
  readonly errstr: string;
}

/**
 * What an error of the driver means to whoever uses the store; an error that is not the driver's is passed on as it is.
 * Messages of the engine quote no values, so they may be passed on too.
 */
export function translated(error: unknown): unknown {
  if (isClosed(error)) return new StoreUnavailableError('the database is closed', { cause: error });
  if (!isSqliteError(error)) return error;
  const cause = { cause: error };
  switch (error.errcode & RESULT_CODE_MASK) {
    case BUSY:
    case LOCKED:
      return new StoreConflictError('another process is writing to the database', cause);
    case TOO_BIG:
    case CONSTRAINT:
    case MISMATCH:
      return new StoreRejectedError(`the database refused a row: ${error.message}`, cause);
    default:
      return new StoreUnavailableError(`the database cannot be used: ${error.message}`, cause);
  }
}

/**
 * As `translated`, for an error of COMMIT itself. When the disk fails there, the transaction may lie complete in the
 * write-ahead log and come back with the next start, so nobody can say that nothing was done.
 */
export function translatedAtCommit(error: unknown): unknown {
  if (!isSqliteError(error) || (error.errcode & RESULT_CODE_MASK) !== IO_ERROR) {
    return translated(error);
  }
  return new OutcomeUnknownError(`the disk failed at the commit: ${error.message}`, {
    cause: error,
  });
}

export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && (error.errcode & RESULT_CODE_MASK) === BUSY;
}

/** Whether an error comes from the database itself, and not from what it holds. */
export function isEngineFault(error: unknown): boolean {
  return isSqliteError(error) || isClosed(error);
}

/** Runs `work` and throws what its errors mean. */
export function translating<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translated(error);
  }
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE';
}
