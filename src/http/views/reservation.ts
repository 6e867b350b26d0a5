import type { Static } from 'typebox';
import { lineBalances, type Reservation } from '../../domain/reservation.ts';
import type { Reservation as ReservationSchema } from '../schemas/reservation.ts';
import { formatTime } from '../times.ts';

export type ReservationJson = Static<typeof ReservationSchema>;

/** @param self the node that the log belongs to */
export function reservationJson(reservation: Reservation, self: string): ReservationJson {
  const {
    id,
    madeBy: node = self,
    status,
    lines,
    expiresAt,
    createdAt,
    updatedAt,
    reference,
    metadata,
  } = reservation;
  return {
    id,
    node,
    status,
    lines: lines.map((line) => {
      const { sku, location, quantity, passed } = line;
      const { reserved, committed, fulfilled, released } = lineBalances(status, line);
      const balances = { reserved, committed, fulfilled, released };
      return { sku, location, quantity, ...balances, ...(passed && { passed: { ...passed } }) };
    }),
    expiresAt: formatTime(expiresAt),
    createdAt: formatTime(createdAt),
    updatedAt: formatTime(updatedAt),
    reference,
    metadata,
  };
}
