/**
 * `unmatched`: goods have arrived, and no dispatch of them is known yet; else `in_transit` until everything that was
 * dispatched is accounted for, and no more than that.
 */
export const TRANSFER_STATUSES = ['in_transit', 'received', 'cancelled', 'unmatched'] as const;
export type TransferStatus = (typeof TRANSFER_STATUSES)[number];

/** What can be done to the goods of a transfer: `lost` and `found` account for a difference. */
export const TRANSFER_STEPS = ['dispatch', 'arrive', 'recall', 'lost', 'found'] as const;
export type TransferStep = (typeof TRANSFER_STEPS)[number];

/**
 * Units so far, by what was done to them: `quantity` was dispatched; `received` arrived; `lost` was written off on the
 * way; `returned` went back when the transfer was cancelled; `found` arrived beyond what was sent, with a reason. None of
 * them ever falls.
 */
export interface TransferTotals {
  readonly quantity: number;
  readonly received: number;
  readonly lost: number;
  readonly returned: number;
  readonly found: number;
}

/** What was done with the units of a line at one place. */
export interface PlaceTotals extends TransferTotals {
  readonly place: string;
}

/**
 * One product of a transfer: the sums over all places. What these do not balance is under way, or, where more arrived
 * than was sent, in excess.
 */
export interface TransferLine extends TransferTotals {
  readonly sku: string;
  /** Those where something was done, mostly the one where the goods left and the one where they arrived. */
  readonly places: readonly PlaceTotals[];
}

export interface Transfer {
  readonly id: string;
  readonly status: TransferStatus;
  /** Null while only the arrival is known. */
  readonly from: string | null;
  readonly to: string;
  readonly lines: readonly TransferLine[];
  /** Milliseconds since 1970; `THIS_COMMIT` until the commit that writes it has its time. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly reference: string | null;
}

const NOTHING: TransferTotals = { quantity: 0, received: 0, lost: 0, returned: 0, found: 0 };

export function lineOf(sku: string, places: readonly PlaceTotals[]): TransferLine {
  return { sku, ...places.reduce<TransferTotals>(sumOf, NOTHING), places };
}

export function totalsAt({ places }: Pick<TransferLine, 'places'>, place: string): TransferTotals {
  return places.find((one) => one.place === place) ?? NOTHING;
}

export function sumOf(one: TransferTotals, other: TransferTotals): TransferTotals {
  return {
    quantity: one.quantity + other.quantity,
    received: one.received + other.received,
    lost: one.lost + other.lost,
    returned: one.returned + other.returned,
    found: one.found + other.found,
  };
}

/** Units that were sent, or explained, and are not accounted for yet; negative where more is accounted for. */
export function outstanding({ quantity, received, lost, returned, found }: TransferTotals): number {
  return quantity + found - received - lost - returned;
}

/** Units of the line that are still under way. */
export function underWay(line: TransferTotals): number {
  return Math.max(outstanding(line), 0);
}

/** Units of the line that arrived, or came back, though nobody is known to have sent them; a reason settles that. */
export function excess(line: TransferTotals): number {
  return Math.max(-outstanding(line), 0);
}

export function statusOf({ from, lines }: Pick<Transfer, 'from' | 'lines'>): TransferStatus {
  if (lines.some((line) => outstanding(line) !== 0)) {
    return from === null ? 'unmatched' : 'in_transit';
  }
  return lines.some((line) => line.received > 0 || line.lost > 0) ? 'received' : 'cancelled';
}

/** Whether goods are under way, or in excess: an end of the transfer has still something to do. */
export function isOpenTransfer({ status }: Pick<Transfer, 'status'>): boolean {
  return status === 'in_transit' || status === 'unmatched';
}
