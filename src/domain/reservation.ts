import type { Line } from './commands.ts';
import type { JsonObject } from './json.ts';

export const RESERVATION_STATUSES = [
  'held',
  'confirmed',
  'fulfilled',
  'cancelled',
  'expired',
] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];

/**
 * `confirmed` is what was ever sold of the line, `fulfilled` what of that was handed over. What is reserved,
 * committed and released follows from these and the status (see `lineBalances`), so no two facts can disagree.
 */
export interface ReservationLine extends Line {
  readonly confirmed: number;
  readonly fulfilled: number;
  /** What was passed to the node that has the goods; absent where nothing was. */
  readonly passed?: PassedPart;
}

/** The part of a line that another node hands over, or gives back. */
export interface PassedPart {
  readonly node: string;
  /** Units that it still has to hand over, as far as is known. */
  readonly open: number;
  /** Units that it has given back to its stock. */
  readonly cancelled: number;
}

export interface Reservation {
  readonly id: string;
  /** The node that made it, where that is not this one: then this is the part of it that is handed over here. */
  readonly madeBy?: string;
  readonly status: ReservationStatus;
  readonly lines: readonly ReservationLine[];
  /** As asked for when it was made, so that a repeated request can be told from a different one. */
  readonly ttlSeconds: number;
  /** Milliseconds since 1970, on the ledger's clock. */
  readonly expiresAt: number;
  /** Milliseconds since 1970; `THIS_COMMIT` until the commit that writes it has its time. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
  readonly reference: string | null;
  readonly metadata: JsonObject | null;
}

/** `quantity = reserved + committed + fulfilled + released`, always. */
export interface LineBalances {
  readonly reserved: number;
  readonly committed: number;
  readonly fulfilled: number;
  readonly released: number;
}

export function lineBalances(status: ReservationStatus, line: ReservationLine): LineBalances {
  const reserved = status === 'held' ? line.quantity : 0;
  const sold = line.confirmed - (line.passed?.cancelled ?? 0);
  const committed = status === 'confirmed' ? sold - line.fulfilled : 0;
  const released = line.quantity - reserved - committed - line.fulfilled;
  return { reserved, committed, fulfilled: line.fulfilled, released };
}

/** Whether the hold's time is over, swept or not. */
export function isDue(reservation: Reservation, now: number): boolean {
  return reservation.status === 'held' && now >= reservation.expiresAt;
}
