import type { Static } from 'typebox';
import { lineBalances, type Reservation } from '../../domain/reservation.ts';
import type { Reservation as ReservationSchema } from '../schemas/reservation.ts';
import { formatTime } from '../times.ts';

export type ReservationJson = Static<typeof ReservationSchema>;

export function reservationJson(reservation: Reservation): ReservationJson {
  const { id, status, lines, expiresAt, createdAt, updatedAt, reference, metadata } = reservation;
  return {
    id,
    status,
    lines: lines.map((line) => {
      const { sku, location, quantity } = line;
      const { reserved, committed, fulfilled, released } = lineBalances(status, line);
      return { sku, location, quantity, reserved, committed, fulfilled, released };
    }),
    expiresAt: formatTime(expiresAt),
    createdAt: formatTime(createdAt),
    updatedAt: formatTime(updatedAt),
    reference,
    metadata,
  };
}
