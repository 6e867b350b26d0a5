import { evolveReservation } from '../domain/evolveReservation.ts';
import type { Reservation } from '../domain/reservation.ts';
import { cursorFormat } from './cursor.ts';
import { type Listing, type Paging, readListing } from './listing.ts';
import { answerOr, type QueryResult } from './refusals.ts';
import type { MirroredEntry, QueryStore, ReservationPage } from './store.ts';

export type ReservationFilter = Pick<ReservationPage, 'status' | 'reference'>;

const cursors = cursorFormat('reservations', { expiresAt: 'integer', id: 'string' });

/** Its own first; of those of other nodes, `madeBy` tells which, and they are as that node's log says so far. */
export async function readReservation(
  store: Pick<QueryStore, 'reservation' | 'mirroredReservation'>,
  reservationId: string,
): Promise<QueryResult<Reservation>> {
  const reservation =
    (await store.reservation(reservationId)) ?? (await readForeign(store, reservationId));
  return answerOr(reservation, { code: 'reservation_not_found', reservationId });
}

async function readForeign(
  store: Pick<QueryStore, 'mirroredReservation'>,
  reservationId: string,
): Promise<Reservation | undefined> {
  const entries = await store.mirroredReservation(reservationId);
  const maker = entries.find(({ event }) => event.type === 'reserve')?.peer;
  return maker === undefined ? undefined : fold(maker, entries);
}

/**
 * What a peer's log says of a reservation that it made. A log that is carried in part says it of the lines that concern
 * this node alone.
 */
function fold(maker: string, entries: readonly MirroredEntry[]): Reservation | undefined {
  let reservation: Reservation | undefined;
  for (const { peer, event } of entries) {
    if (peer !== maker) continue;
    reservation = evolveReservation(reservation, [event], event.time);
  }
  return reservation && { ...reservation, madeBy: maker };
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
