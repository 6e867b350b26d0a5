import type { Command } from '../domain/commands.ts';
import type { LevelName, LinkCommand, Want } from '../domain/links/commands.ts';
import type { ShareKey } from '../domain/links/share.ts';
import type { Refusal } from '../domain/refusals.ts';
import type { Outcome } from './outcome.ts';

/** A command with, in a batch, an idempotency key of its own. */
export interface Item {
  readonly command: Command | LinkCommand;
  readonly key?: ClaimedKey;
}

export interface ClaimedKey {
  readonly key: string;
  /** Hash of method, path and parsed body: what must be the same when the key is used again. */
  readonly fingerprint: string;
}

/** What one request asks: one command, or a batch, decided together in one commit. */
export interface Work {
  readonly actor: string;
  readonly requestId: string;
  readonly items: readonly Item[];
  /** All or nothing: when one command is refused, nothing of the work is done. */
  readonly atomic?: boolean;
  /** Idempotency of the work as a whole. */
  readonly key?: ClaimedKey;
  /** Set by `SharingLedger.attempt`. */
  readonly mayBorrow?: boolean;
  /** Set by the ledger itself: where more places are to be looked at, lines that leave the location open are not refused. */
  readonly maySearch?: boolean;
  /** Set by the ledger itself: the commit reads, after its locks, all places that the products of such lines are in. */
  readonly looksEverywhere?: boolean;
  /** Holds that were kept for this work; they end before the work is decided. */
  readonly keptFor?: readonly string[];
  /** What peers were asked for already, and have given or not: nothing more is asked of it. */
  readonly asked?: ReadonlySet<ShareKey>;
  /** Units that peers are being asked for now, for other works: what leaves the location open rather looks elsewhere. */
  readonly beingAsked?: ReadonlyMap<ShareKey, number>;
  /** Aborted when the caller has gone: work not yet decided is then dropped. */
  readonly signal?: Abandonment;
}

/** The part of an `AbortSignal` that the ledger looks at. */
export interface Abandonment {
  readonly aborted: boolean;
}

export interface ItemAnswer {
  readonly outcome: Outcome;
  /** The outcome was decided earlier, under the same idempotency key. */
  readonly replayed: boolean;
}

export type Answer =
  | { readonly kind: 'done'; readonly items: readonly ItemAnswer[]; readonly replayed: boolean }
  /** An atomic work of which the `index`-th command was refused; nothing was done. */
  | {
      readonly kind: 'refused';
      readonly index: number;
      readonly refusal: Refusal;
      readonly replayed: boolean;
    }
  /**
   * An idempotency key was used before for something else, and nothing was done: the work's own key (`index` is null),
   * or that of the `index`-th command of an atomic or one-command work.
   */
  | { readonly kind: 'keyReused'; readonly index: number | null };

/** Nothing was done: other nodes are to be asked first. */
export interface ShortAnswer {
  readonly kind: 'short';
  /** Units that they own and that are missing here. */
  readonly wants: readonly MissingUnits[];
  /** Parts of reservations that they have in hand and that are to be cancelled. */
  readonly parts: readonly PassedReservation[];
  /** The work with the places that were found for lines that leave the location open; absent where it has none. */
  readonly located?: Work;
}

/** Nothing was done: there may be enough where nobody has looked. */
export interface UnlocatedAnswer {
  readonly kind: 'unlocated';
  /** Where lines that leave the location open may come from, the best places first; none if nobody has read that. */
  readonly places: readonly FoundPlace[];
}

export interface FoundPlace extends LevelName {
  /** Whether there was something to be had when it was read. */
  readonly mayGive: boolean;
}

export interface MissingUnits extends Want {
  /** What there is of the level here, which is not among the units that are missing. */
  readonly available: number;
}

export interface PassedReservation {
  readonly reservationId: string;
  /** Who has parts of it. */
  readonly peers: readonly string[];
  /** How many units they have in all. */
  readonly units: number;
}

/** The write side. */
export interface Ledger {
  /**
   * Decides the work in one commit and answers when that is durable.
   * @throws {OverloadedError | DrainingError} not taken
   * @throws {StoreUnavailableError} nothing was done
   * @throws {AnswerTooLargeError} nothing was done
   * @throws {OutcomeUnknownError} whether it was done is not known; repeat with the same idempotency key
   * @throws {AbandonedError} the caller had gone before it was decided
   */
  submit(work: Work): Promise<Answer>;

  /** Makes the answer about a time final: no later event will have this time or an earlier one. */
  settleTime(time: number): Promise<void>;

  /** The ledger's time, milliseconds since 1970. */
  now(): Promise<number>;

  /** Calls `listener` after each commit that wrote events, with the last position. @returns how to stop that */
  onCommit(listener: (position: number) => void): () => void;

  /** Takes no more work, finishes what was taken, and ends. */
  close(): Promise<void>;
}

/** A ledger that knows of other nodes' units. */
export interface SharingLedger extends Ledger {
  /**
   * As `submit`, but while other nodes own units of what is short, nothing is refused for want of stock, nor a cancel
   * because they have the goods: then nothing is done, and the work is to be submitted when they were asked.
   */
  attempt(work: Work): Promise<Answer | ShortAnswer>;
}

export class AbandonedError extends Error {
  override readonly name = 'AbandonedError';

  constructor() {
    super('the caller went away before the command was decided');
  }
}
