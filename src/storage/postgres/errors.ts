import { DatabaseError } from 'pg';
import {
  type FreezeReason,
  LedgerFrozenError,
  StoreConflictError,
  type StoreError,
  StoreRejectedError,
  StoreUnavailableError,
} from '../../ledger/errors.ts';

// SQLSTATE codes, https://www.postgresql.org/docs/current/errcodes-appendix.html
const FROZEN = 'HF001'; // raised by `refuse_frozen`
const ADMIN_SHUTDOWN = '57P01';
const UNIQUE_VIOLATION = '23505';
const LOCK_NOT_AVAILABLE = '55P03';
const IN_FAILED_TRANSACTION = '25P02';
const UNKNOWN_PREPARED_STATEMENT = '26000';
const CONFLICTS: ReadonlySet<string> = new Set([
  '40001', // serialization_failure, also raised by `conflict_unless`
  '40P01', // deadlock_detected
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

/** Somebody else has committed a row with the same key. */
export class UniqueViolationError extends StoreConflictError {}

/** An earlier statement of the same transaction has failed; that one says why. */
export class FollowUpError extends StoreUnavailableError {}

/** The connection broke, or the server ended it: over another one it may be tried again at once. */
export class ConnectionLostError extends StoreUnavailableError {}

/** Somebody else held a row for longer than a statement was told to wait. */
export class LockTimeoutError extends StoreConflictError {}

/**
 * What an error of the driver means to whoever uses the store. Only the message and the code of the server are passed
 * on: its details quote the values of a row, and those must not reach a log.
 */
export function translated(error: unknown): StoreError {
  if (!(error instanceof DatabaseError)) {
    const Fault = isLostConnection(error) ? ConnectionLostError : StoreUnavailableError;
    return new Fault(`the database cannot be reached: ${messageOf(error)}`);
  }
  const code = error.code ?? '';
  const message = `${error.message} (${code})`;
  if (code === FROZEN) return new LedgerFrozenError(freezeReason(error.message));
  if (code === IN_FAILED_TRANSACTION) return new FollowUpError(message);
  if (code === UNIQUE_VIOLATION)
    return new UniqueViolationError(`the database had a conflict: ${message}`);
  if (code === LOCK_NOT_AVAILABLE)
    return new LockTimeoutError(`the database had a conflict: ${message}`);
  if (CONFLICTS.has(code)) return new StoreConflictError(`the database had a conflict: ${message}`);
  if (REJECTED_CLASSES.has(code.slice(0, 2))) {
    return new StoreRejectedError(`the database refused a row: ${message}`);
  }
  const Fault = error.severity === 'FATAL' ? ConnectionLostError : StoreUnavailableError;
  return new Fault(`the database cannot be used: ${message}`);
}

/** Whether a connection was found to be gone, as all are after the database was started anew. */
export function isLostConnection(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.code === ADMIN_SHUTDOWN;
  return error instanceof Error && !/time/.test(error.message);
}

/** `refuse_frozen` says why in its message. */
function freezeReason(message: string): FreezeReason {
  return message === 'copy' || message === 'restoring' ? message : 'moved';
}

/** A connection that is refused at several addresses fails with an empty message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
