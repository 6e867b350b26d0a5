import type { LoggedEvent } from '../domain/events.ts';

/** Faults of the world that the queue knows how to answer. Anything else is a defect and is passed on whole. */
export abstract class StoreError extends Error {}

/** Somebody else was faster: nothing was done, and the same commit may go through when it is tried again. */
export class StoreConflictError extends StoreError {
  override readonly name = 'StoreConflictError';
}

/** The store cannot be reached or cannot write; nothing was done. */
export class StoreUnavailableError extends StoreError {
  override readonly name = 'StoreUnavailableError';
}

/** The connection broke around the commit, and whether it went through could not be settled in time. */
export class OutcomeUnknownError extends StoreError {
  override readonly name = 'OutcomeUnknownError';
}

/** The store refuses the data of some command of the commit; nothing was done. */
export class StoreRejectedError extends StoreError {
  override readonly name = 'StoreRejectedError';
}

/** A row that no version of the program has written: another hand or the disk has changed it. Only `Books` says so. */
export class UnreadableRowError extends StoreError {
  override readonly name = 'UnreadableRowError';
}

/** The same of an event. */
export class UnreadableEventError extends StoreError {
  override readonly name = 'UnreadableEventError';
  readonly position: number;
  /** What was asked for and stands before it, in order. */
  readonly before: readonly LoggedEvent[];

  constructor(position: number, before: readonly LoggedEvent[], options: ErrorOptions) {
    super(`the event at position ${position} cannot be read`, options);
    this.position = position;
    this.before = before;
  }
}

/** The queue is longer than it can serve in good time; the command was not taken. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`the ledger is overloaded; try again in ${retryAfterMs} ms`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The answer to the work would be too large to be given; nothing was done. In smaller batches it can be. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError';
  readonly linesMax: number;

  constructor(linesMax: number) {
    super(`the answer would hold more than ${linesMax} lines`);
    this.linesMax = linesMax;
  }
}

/** The ledger is closing; the command was not taken. */
export class DrainingError extends Error {
  override readonly name = 'DrainingError';

  constructor() {
    super('the ledger is closing');
  }
}
