import type { CommandType } from './commands.ts';
import type { FenceReason } from './links/link.ts';
import type { Origins } from './sourcing/sourcing.ts';

export type Shortage = LevelShortage | OpenShortage;

interface ShortageFacts {
  readonly sku: string;
  readonly requested: number;
  readonly available: number;
  /** When the first hold that may help ends, in milliseconds since 1970, or null when nothing is held. */
  readonly earliestReleaseAt: number | null;
  /** What other nodes have available; absent where that is nothing, as far as is known. */
  readonly elsewhere?: readonly UnitsElsewhere[];
}

/** What is missing of a stock level. */
export interface LevelShortage extends ShortageFacts {
  readonly location: string;
}

/** What is missing of a line that leaves the location open, in all places that it may come from together. */
export interface OpenShortage extends ShortageFacts {
  readonly location: null;
  readonly from: Origins;
  /** The first choice, where the demand is counted that went unserved; null where it was never stocked. */
  readonly preferred: string | null;
}

export interface UnitsElsewhere {
  readonly node: string;
  readonly available: number;
  /** When this was so, in milliseconds since 1970 on that node's clock. */
  readonly asOf: number;
}

export interface LineExcess {
  readonly sku: string;
  readonly location: string;
  readonly requested: number;
  readonly allowed: number;
}

/** A command that the rules turn down: a value, not an exception. */
export type Refusal =
  | { readonly code: 'reservation_id_taken'; readonly reservationId: string }
  | { readonly code: 'product_not_found'; readonly sku: string }
  | { readonly code: 'location_not_found'; readonly location: string }
  | {
      readonly code: 'version_mismatch';
      readonly expectedVersion: number;
      readonly version: number;
    }
  | {
      readonly code: 'count_below_promised';
      readonly counted: number;
      readonly promised: number;
    }
  | { readonly code: 'insufficient_stock'; readonly shortages: readonly Shortage[] }
  | {
      readonly code: 'insufficient_unavailable';
      readonly requested: number;
      readonly unavailable: number;
    }
  | { readonly code: 'balance_too_large'; readonly sku: string; readonly location: string }
  | { readonly code: 'custody_elsewhere'; readonly location: string; readonly node: string }
  | { readonly code: 'node_fenced'; readonly location: string; readonly fence: FenceReason }
  | { readonly code: 'catalogue_elsewhere'; readonly node: string }
  | {
      readonly code: 'reservation_elsewhere';
      readonly reservationId: string;
      readonly node: string;
    }
  | { readonly code: 'goods_elsewhere'; readonly reservationId: string; readonly node: string }
  | { readonly code: 'node_not_found'; readonly node: string }
  | { readonly code: 'node_exists'; readonly node: string }
  | { readonly code: 'node_retired'; readonly node: string }
  | { readonly code: 'session_closed'; readonly session: number }
  | { readonly code: 'cursor_mismatch'; readonly received: number }
  | { readonly code: 'reservation_not_found'; readonly reservationId: string }
  | { readonly code: 'reservation_expired'; readonly expiredAt: number }
  | { readonly code: 'reservation_cancelled' }
  | { readonly code: 'reservation_not_confirmed' }
  | { readonly code: 'reservation_confirmed' }
  | { readonly code: 'reservation_fulfilled' }
  | { readonly code: 'reservation_not_due'; readonly expiresAt: number }
  | {
      readonly code: 'line_not_in_reservation';
      readonly sku: string;
      readonly location: string;
    }
  | { readonly code: 'confirm_differs' }
  | { readonly code: 'line_exceeds_hold'; readonly lines: readonly LineExcess[] }
  | { readonly code: 'line_exceeds_confirmed'; readonly lines: readonly LineExcess[] }
  | { readonly code: 'hold_life_exceeded'; readonly latestExpiresAt: number }
  | { readonly code: 'transfer_id_taken'; readonly transferId: string }
  | { readonly code: 'transfer_not_found'; readonly transferId: string }
  | { readonly code: 'transfer_elsewhere'; readonly transferId: string; readonly to: string }
  | { readonly code: 'transfer_unmatched' }
  | { readonly code: 'transfer_cancelled' }
  | { readonly code: 'transfer_received' }
  | { readonly code: 'line_not_in_transfer'; readonly sku: string }
  | {
      readonly code: 'receipt_exceeds_transfer';
      readonly sku: string;
      readonly received: number;
      readonly dispatched: number;
    }
  | {
      readonly code: 'product_has_stock';
      readonly sku: string;
      readonly onHand: number;
      readonly inTransit: number;
    }
  | {
      readonly code: 'location_has_stock';
      readonly location: string;
      readonly onHand: number;
      readonly inTransit: number;
    };

export type RefusalCode = Refusal['code'];

export interface RefusalMeaning {
  /** The broken rule, as a sentence without data. */
  readonly rule: string;
  /** Whether the same request, sent again later as a new command, may be accepted. */
  readonly retryable: boolean;
}

/** What each refusal means. The reference page is made from this list. */
export const REFUSALS: { readonly [C in RefusalCode]: RefusalMeaning } = {
  reservation_id_taken: {
    rule: 'The reservation id belongs to a reservation with other content or of another actor.',
    retryable: false,
  },
  product_not_found: { rule: 'The product must be in the catalogue.', retryable: false },
  location_not_found: { rule: 'The location must be in the catalogue.', retryable: false },
  version_mismatch: {
    rule: 'The stock level must still have the expected version.',
    retryable: false,
  },
  count_below_promised: {
    rule: 'A count must cover what is reserved, committed and unavailable, unless a shortfall is allowed.',
    retryable: true,
  },
  insufficient_stock: {
    rule: 'Every line needs enough available stock.',
    retryable: true,
  },
  insufficient_unavailable: {
    rule: 'No more can be restored than is unavailable.',
    retryable: true,
  },
  balance_too_large: {
    rule: 'A balance may not pass 9007199254740991 units.',
    retryable: false,
  },
  custody_elsewhere: {
    rule: 'Goods are received, counted, sold and handed over by the node that has them.',
    retryable: false,
  },
  node_fenced: {
    rule: 'A node promises nothing while it is not certain what it owns.',
    retryable: true,
  },
  catalogue_elsewhere: { rule: 'The catalogue is written by the hub.', retryable: false },
  reservation_elsewhere: {
    rule: 'A reservation is changed at the node that made it.',
    retryable: false,
  },
  goods_elsewhere: {
    rule: 'What was passed to the node that has the goods is handed over, or given back, there.',
    retryable: true,
  },
  node_not_found: { rule: 'The node must have been added.', retryable: false },
  node_exists: {
    rule: 'A name is given to one node, and a location to one node.',
    retryable: false,
  },
  node_retired: { rule: 'A node that was retired does not come back.', retryable: false },
  session_closed: { rule: 'A newer session of the link has begun.', retryable: false },
  cursor_mismatch: { rule: 'Entries follow the last one that was applied.', retryable: false },
  reservation_not_found: { rule: 'The reservation must exist.', retryable: false },
  reservation_expired: { rule: 'The hold must not have expired.', retryable: false },
  reservation_cancelled: { rule: 'The reservation must not be cancelled.', retryable: false },
  reservation_not_confirmed: {
    rule: 'A reservation is confirmed before it is fulfilled.',
    retryable: true,
  },
  reservation_confirmed: {
    rule: 'Only a held reservation can be extended, and this one is confirmed.',
    retryable: false,
  },
  reservation_fulfilled: {
    rule: 'A reservation that was handed over cannot be changed any more.',
    retryable: false,
  },
  reservation_not_due: { rule: 'A hold expires when its time is over.', retryable: true },
  line_not_in_reservation: {
    rule: 'Every line must be a line of the reservation.',
    retryable: false,
  },
  confirm_differs: {
    rule: 'A confirmed reservation can be confirmed again only in the same way.',
    retryable: false,
  },
  line_exceeds_hold: { rule: 'No line may be more than what is held.', retryable: false },
  line_exceeds_confirmed: {
    rule: 'No more can be handed over than was confirmed.',
    retryable: false,
  },
  hold_life_exceeded: {
    rule: 'A hold may not live longer in all than the configured limit.',
    retryable: false,
  },
  transfer_id_taken: {
    rule: 'The transfer id belongs to a transfer with other content.',
    retryable: false,
  },
  transfer_not_found: { rule: 'The transfer must exist.', retryable: false },
  transfer_elsewhere: { rule: 'Goods are received where they were sent.', retryable: false },
  transfer_unmatched: {
    rule: 'Only a transfer of which the dispatch is known can be cancelled.',
    retryable: true,
  },
  transfer_cancelled: { rule: 'The transfer must not be cancelled.', retryable: false },
  transfer_received: { rule: 'The transfer must not be completed.', retryable: false },
  line_not_in_transfer: { rule: 'Every line must be a line of the transfer.', retryable: false },
  receipt_exceeds_transfer: {
    rule: 'More than was dispatched can be received only with a reason.',
    retryable: false,
  },
  product_has_stock: {
    rule: 'A product can be removed only when it has no stock anywhere.',
    retryable: true,
  },
  location_has_stock: {
    rule: 'A location can be removed only when it has no stock.',
    retryable: true,
  },
};

const EXISTING_RESERVATION = ['reservation_elsewhere', 'reservation_not_found'] as const;
const KNOWN_LEVEL = ['product_not_found', 'location_not_found'] as const;
const LEVEL_IN_HAND = [...KNOWN_LEVEL, 'custody_elsewhere'] as const;

/**
 * Which refusals each command can meet, in their order of precedence: where several rules are broken, the first of
 * the list is answered. `decide` checks in this order, the tests and the reference page are made from it.
 */
export const REFUSAL_PRECEDENCE = {
  receive: [...LEVEL_IN_HAND, 'version_mismatch', 'balance_too_large'],
  return: [...LEVEL_IN_HAND, 'version_mismatch', 'balance_too_large'],
  adjust: [...LEVEL_IN_HAND, 'version_mismatch', 'insufficient_stock', 'balance_too_large'],
  count: [...LEVEL_IN_HAND, 'version_mismatch', 'count_below_promised'],
  sell: [...LEVEL_IN_HAND, 'node_fenced', 'version_mismatch', 'insufficient_stock'],
  quarantine: [...LEVEL_IN_HAND, 'version_mismatch', 'insufficient_stock'],
  restore: [...LEVEL_IN_HAND, 'version_mismatch', 'insufficient_unavailable'],
  reserve: ['reservation_id_taken', ...KNOWN_LEVEL, 'node_fenced', 'insufficient_stock'],
  confirm: [
    ...EXISTING_RESERVATION,
    'reservation_expired',
    'reservation_cancelled',
    'line_not_in_reservation',
    'confirm_differs',
    'line_exceeds_hold',
  ],
  cancel: [
    ...EXISTING_RESERVATION,
    'reservation_expired',
    'reservation_fulfilled',
    'goods_elsewhere',
  ],
  extend: [
    ...EXISTING_RESERVATION,
    'reservation_expired',
    'reservation_cancelled',
    'reservation_confirmed',
    'reservation_fulfilled',
    'hold_life_exceeded',
  ],
  fulfil: [
    ...EXISTING_RESERVATION,
    'reservation_expired',
    'reservation_cancelled',
    'reservation_not_confirmed',
    'line_not_in_reservation',
    'reservation_fulfilled',
    'line_exceeds_confirmed',
    'goods_elsewhere',
  ],
  expire: [...EXISTING_RESERVATION, 'reservation_not_due'],
  redact: [...EXISTING_RESERVATION],
  dispatch: ['transfer_id_taken', ...LEVEL_IN_HAND, 'node_fenced', 'insufficient_stock'],
  receiveTransfer: [
    'transfer_not_found',
    'transfer_elsewhere',
    ...LEVEL_IN_HAND,
    'transfer_cancelled',
    'line_not_in_transfer',
    'transfer_received',
    'receipt_exceeds_transfer',
    'balance_too_large',
  ],
  cancelTransfer: [
    'transfer_not_found',
    'transfer_unmatched',
    'custody_elsewhere',
    'transfer_received',
    'balance_too_large',
  ],
  putProduct: ['catalogue_elsewhere'],
  deleteProduct: ['product_not_found', 'catalogue_elsewhere', 'product_has_stock'],
  putLocation: ['catalogue_elsewhere'],
  deleteLocation: [
    'location_not_found',
    'catalogue_elsewhere',
    'custody_elsewhere',
    'location_has_stock',
  ],
} as const satisfies { readonly [T in CommandType]: readonly RefusalCode[] };

/** Which refusals what a node asks of itself for its links can meet, in order of precedence. */
export const LINK_REFUSALS = [
  'node_not_found',
  'location_not_found',
  'node_exists',
  'node_retired',
  'session_closed',
  'cursor_mismatch',
] as const satisfies readonly RefusalCode[];

export type LinkRefusal = Extract<Refusal, { code: (typeof LINK_REFUSALS)[number] }>;

/** The refusals that a command of type `T` can meet. */
export type RefusalOf<T extends CommandType> = Extract<
  Refusal,
  { code: (typeof REFUSAL_PRECEDENCE)[T][number] }
>;
