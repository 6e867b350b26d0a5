import { DatabaseError } from 'pg';
import {
  StoreConflictError,
  type StoreError,
  StoreRejectedError,
  StoreUnavailableError,
} from '../../ledger/errors.ts';

// SQLSTATE codes, https://www.postgresql.org/docs/current/errcodes-appendix.html
const UNIQUE_VIOLATION = '23505';
const LOCK_NOT_AVAILABLE = '55P03';
const UNKNOWN_PREPARED_STATEMENT = '26000';
const CONFLICTS: ReadonlySet<string> = new Set([
  '40001', // serialization_failure, also raised by `conflict_unless`
  '40P01', // deadlock_detected
  UNIQUE_VIOLATION,
  LOCK_NOT_AVAILABLE,
  UNKNOWN_PREPARED_STATEMENT,
]);

/** Classes of codes that are the fault of what was to be written. */
const CLASS_DATA_EXCEPTION = '22';
const CLASS_INTEGRITY = '23';
const CLASS_PROGRAM_LIMIT = '54';
const REJECTED_CLASSES: ReadonlySet<string> = new Set([
  CLASS_DATA_EXCEPTION,
  CLASS_INTEGRITY,
  CLASS_PROGRAM_LIMIT,
]);

/**
 * What an error of the driver means to whoever uses the store. Only the message and the code of the server are passed
 * on: its details quote the values of a row, and those must not reach a log.
 */
export function translated(error: unknown): StoreError {
  if (!(error instanceof DatabaseError)) {
    return new StoreUnavailableError(`the database cannot be reached: ${messageOf(error)}`);
  }
  const code = error.code ?? '';
  const message = `${error.message} (${code})`;
  if (CONFLICTS.has(code)) return new StoreConflictError(`the database had a conflict: ${message}`);
  if (REJECTED_CLASSES.has(code.slice(0, 2))) {
    return new StoreRejectedError(`the database refused a row: ${message}`);
  }
  return new StoreUnavailableError(`the database cannot be used: ${message}`);
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === UNIQUE_VIOLATION;
}

/** Whether somebody else holds a row for longer than a statement was told to wait. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE;
}

/** A connection that is refused at several addresses fails with an empty message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
