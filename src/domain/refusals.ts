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
  /** Further places with units that were not tried; absent where there are none. */
  readonly notLookedAt?: { readonly locations: number; readonly units: number };
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
