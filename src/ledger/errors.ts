import type { LoggedEvent } from '../domain/events.ts';
import type { LevelKey } from '../domain/stock.ts';

/** Faults of the world that the queue knows how to answer. Anything else is a defect and is passed on whole. */
export abstract class StoreError extends Error {}

/** Somebody else was faster: nothing was done, and the same commit may go through when it is tried again. */
export class StoreConflictError extends StoreError {
  override readonly name = 'StoreConflictError';
}

/** What of a commit's needs somebody else holds for longer than is usual. */
export interface BusyNeeds {
  readonly levels: ReadonlySet<LevelKey>;
  /** Reservations and transfers that have lines at such levels. */
  readonly reservations: ReadonlySet<string>;
  readonly transfers: ReadonlySet<string>;
  /** Peers of links. */
  readonly links?: ReadonlySet<string>;
  /** Those that a command would write or remove. */
  readonly changed?: {
    readonly products: ReadonlySet<string>;
    readonly locations: ReadonlySet<string>;
  };
}

/**
 * Some stock levels, or rows of the catalogue, are held by another server that seems to be stuck; nothing was done, and the
 * rest may go on.
 */
export class LevelsBusyError extends StoreError {
  override readonly name = 'LevelsBusyError';
  readonly busy: BusyNeeds;

  constructor(busy: BusyNeeds) {
    const { levels, changed } = busy;
    const more = changed
      ? `, ${changed.products.size} products and ${changed.locations.size} locations`
      : '';
    super(`${levels.size} stock levels${more} are held by another server`);
    this.busy = busy;
  }
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

/**
 * Why a ledger takes no commits: it was carried to another database and goes on there (`moved`), it is a copy of one
 * that goes on elsewhere (`copy`), or it is just being carried here (`restoring`).
 */
export type FreezeReason = 'moved' | 'copy' | 'restoring';

const FROZEN: { readonly [R in FreezeReason]: string } = {
  moved: 'the ledger was moved to another database and takes nothing here any more',
  copy: 'this is a copy of a ledger, for looking at, and takes nothing',
  restoring: 'the ledger is being restored and takes nothing until that is done',
};

/** The ledger is frozen; nothing was done. It can be read, unless it is being restored. */
export class LedgerFrozenError extends StoreError {
  override readonly name = 'LedgerFrozenError';
  readonly reason: FreezeReason;

  constructor(reason: FreezeReason) {
    super(FROZEN[reason]);
    this.reason = reason;
  }
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
