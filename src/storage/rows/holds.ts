import type { Hold } from '../../queries/store.ts';
import type { KeptReservation } from './reservations.ts';

/** A hold as it is kept; `level` is the number of its level. */
export interface KeptHold extends Hold {
  readonly level: number;
}

/** Of `holds`. */
export const HOLD_COLUMNS =
  'expires_at AS "expiresAt", reservation_id AS "reservationId", quantity';

/** How many due holds of a short level are read at least, if there are as many. */
export const DUE_HOLDS_MIN = 250;

/**
 * How many lines of reservations that are due one commit gives back, when it need not give back more. 250 reservations of
 * 2,000 lines took PostgreSQL longer than a transaction may take, so that none of them came back.
 */
export const DUE_LINES_MAX = 5_000;

/** The holds that a reservation has while it is held: one for each line. */
export function holdsOf({ reservation, lines }: KeptReservation): KeptHold[] {
  const { id: reservationId, status, expiresAt } = reservation;
  if (status !== 'held') return [];
  return lines.map(([level, quantity]) => ({ level, expiresAt, reservationId, quantity }));
}
