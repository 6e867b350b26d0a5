import type { LocationContent, ProductContent } from './catalogue.ts';
import type { FenceReason } from './links/link.ts';
import type { LinkPolicy } from './links/policy.ts';
import type { Account, Balances, OutsideAccount } from './stock.ts';
import type { PlaceTotals, TransferStep, TransferTotals } from './transfer.ts';

export const MOVEMENT_TYPES = [
  'receive',
  'adjust',
  'count',
  'sell',
  'return',
  'quarantine',
  'restore',
  'reserve',
  'confirm',
  'release',
  'cancel',
  'expire',
  'fulfil',
  'dispatch',
  'arrive',
  'recall',
  'discrepancy',
  'grant',
  'accept',
  'write_off',
] as const;
export type MovementType = (typeof MOVEMENT_TYPES)[number];

export const NOTICE_TYPES = [
  'extend',
  'redact',
  'product_created',
  'product_changed',
  'product_deleted',
  'removal_asked',
  'removal_cleared',
  'removal_kept',
  'location_created',
  'location_changed',
  'location_deleted',
  'want',
  'want_refused',
  'share_wanted',
  'cancel_asked',
  'part_fulfilled',
  'part_cancelled',
  'transfer_step',
  'node_added',
  'node_retired',
  'node_fenced',
  'node_cleared',
  'node_reconciled',
  'policy_changed',
] as const;
export type NoticeType = (typeof NOTICE_TYPES)[number];

export const EVENT_TYPES = [...MOVEMENT_TYPES, ...NOTICE_TYPES] as const;
export type EventType = MovementType | NoticeType;

/** What only some events carry. It never holds a reservation's reference or metadata: those can be erased, the log cannot. */
export interface EventDetails {
  readonly reason?: string;
  readonly reference?: string;
  readonly occurredAt?: number;
  readonly transferId?: string;
  /** Dispatch: where the goods go. */
  readonly destination?: string;
  /** Where the goods of a transfer come from, where that is another node's place and known. */
  readonly source?: string;
  /** What a shop has done with the units of a transfer's line at its place so far, this movement included. */
  readonly totals?: TransferTotals;
  /** `transfer_step`: what was done, and how the line stands since at each place. */
  readonly step?: TransferStep;
  readonly places?: readonly PlaceTotals[];
  /** A reservation's end of life and what was asked for, in `reserve` and `extend`. */
  readonly expiresAt?: number;
  readonly ttlSeconds?: number;
  /** Units below zero that a `count`, `sell` or `adjust` was allowed to leave. */
  readonly shortfall?: number;
  /** A notice's values before and after. */
  readonly before?: ProductContent | LocationContent | { readonly expiresAt: number };
  readonly after?: ProductContent | LocationContent | { readonly expiresAt: number };
  /** Between nodes: the other one. */
  readonly peer?: string;
  /** What a node asked its peer for: units, or to cancel a part. Grants and refusals name the request that they answer. */
  readonly request?: string;
  /** The session in which it was asked; asked in an older one, it is too late. */
  readonly session?: number;
  /** Units of a notice that moves none here: asked for, or handed over or given back by the node that has them. */
  readonly units?: number;
  /** `share_wanted`: units that the peer is to keep. */
  readonly keep?: number;
  /**
   * `accept`: position of the grant in the log of the node that it came from. `node_reconciled`: that of the last one which
   * was taken in, and which that node's log still has.
   */
  readonly grant?: number;
  /** The node that made the reservation, where that is not this one. */
  readonly madeBy?: string;
  /** The node whose event this one repeats here: its catalogue, mostly. */
  readonly origin?: string;
  /** Puts back an event that this log had lost: its position there. The peer that it was read back from knows it already. */
  readonly replayOf?: number;
  /** `node_fenced`: why nothing is promised. */
  readonly fence?: FenceReason;
  /** `policy_changed`, `node_added`: who is to own what at rest. */
  readonly policy?: LinkPolicy;
}

/** A movement that has been decided but not yet booked on its level. */
export interface MovementDraft {
  readonly type: MovementType;
  readonly sku: string;
  readonly location: string;
  readonly quantity: number;
  readonly from: Account | OutsideAccount;
  readonly to: Account | OutsideAccount;
  readonly reservationId: string | null;
  readonly details: EventDetails | null;
}

export interface NoticeDraft {
  readonly type: NoticeType;
  readonly sku: string | null;
  readonly location: string | null;
  readonly reservationId: string | null;
  readonly details: EventDetails | null;
}

export type EventDraft = MovementDraft | NoticeDraft;

/** Who asked. */
export interface Origin {
  readonly actor: string;
  readonly requestId: string;
}

/** A booked movement: what `MovementDraft` says, and the level after it. */
export interface Movement extends MovementDraft, Origin {
  readonly version: number;
  readonly balances: Balances;
}

export interface Notice extends NoticeDraft, Origin {}

/** An entry of the log before the commit gives it its position and time. */
export type LedgerEvent = Movement | Notice;

/** An entry of the log. */
export type LoggedEvent = (Movement | Notice) & {
  readonly position: number;
  /** Milliseconds since 1970, on the ledger's clock; never less than that of the position before. */
  readonly time: number;
};

export function isMovement<M extends MovementDraft, N extends NoticeDraft>(
  event: M | N,
): event is M {
  return 'quantity' in event;
}
