import type { TransferLineContent } from './commands.ts';

/**
 * `unmatched`: goods have arrived, and no dispatch of them is known yet; else `in_transit` until everything that was
 * dispatched is accounted for, and no more than that.
 */
export const TRANSFER_STATUSES = ['in_transit', 'received', 'cancelled', 'unmatched'] as const;
export type TransferStatus = (typeof TRANSFER_STATUSES)[number];

/** What can be done to the goods of a transfer: `lost` and `found` account for a difference. */
export const TRANSFER_STEPS = ['dispatch', 'arrive', 'recall', 'lost', 'found'] as const;
export type TransferStep = (typeof TRANSFER_STEPS)[number];

/** Units of a line so far, by what was done to them. None of them ever falls. */
export interface TransferTotals {
  readonly quantity: number;
  readonly received: number;
  readonly lost: number;
  readonly returned: number;
  readonly found: number;
}

/**
 * `quantity` was dispatched; `received` arrived (with a reason it may be more), `lost` was written off on the way,
 * `returned` went back when the transfer was cancelled. While in transit the rest is under way.
 */
export interface TransferLine extends TransferLineContent {
  readonly received: number;
  readonly lost: number;
  readonly returned: number;
}

export interface Transfer {
  readonly id: string;
  readonly status: TransferStatus;
  readonly from: string;
  readonly to: string;
  readonly lines: readonly TransferLine[];
  /** Milliseconds since 1970; `THIS_COMMIT` until the commit that writes it has its time. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly reference: string | null;
}

/** Units of the line that are still under way. */
export function underWay(line: TransferLine): number {
  return Math.max(line.quantity - line.received - line.lost - line.returned, 0);
}
