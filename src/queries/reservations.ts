import type { Reservation } from '../domain/reservation.ts';
import { cursorFormat } from './cursor.ts';
import { type Listing, type Paging, readListing } from './listing.ts';
import { answerOr, type QueryResult } from './refusals.ts';
import type { QueryStore, ReservationPage } from './store.ts';

export type ReservationFilter = Pick<ReservationPage, 'status' | 'reference'>;

const cursors = cursorFormat('reservations', { expiresAt: 'integer', id: 'string' });

export async function readReservation(
  store: Pick<QueryStore, 'reservation'>,
  reservationId: string,
): Promise<QueryResult<Reservation>> {
  const reservation = await store.reservation(reservationId);
  return answerOr(reservation, { code: 'reservation_not_found', reservationId });
}

/** By id, or with `status` by (expiresAt, id). */
export function listReservations(
  store: Pick<QueryStore, 'reservations'>,
  filter: ReservationFilter,
  paging: Paging,
): Promise<QueryResult<Listing<Reservation>>> {
  return readListing(
    {
      cursors,
      scope: [filter.status, filter.reference],
      read: (page) => store.reservations({ ...filter, ...page }),
      keyOf: ({ expiresAt, id }) => ({ expiresAt, id }),
      linesOf: ({ lines }) => lines.length,
    },
    paging,
  );
}
