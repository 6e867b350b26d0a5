import type { JsonObject } from '../../domain/json.ts';
import type { Reservation, ReservationLine, ReservationStatus } from '../../domain/reservation.ts';
import type { Erasable } from '../../ledger/store.ts';

/** A reservation as it is read, with its customer data. */
export type ReservationColumns = {
  readonly id: string;
  readonly status: ReservationStatus;
  readonly expiresAt: number;
  readonly ttlSeconds: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
  readonly lines: string;
} & CustomerDataColumns;

export type CustomerDataColumns = {
  readonly reference: string | null;
  readonly metadata: string | null;
};

/** A line as it is kept: number of its level, quantity, confirmed, fulfilled. */
export type KeptLine = readonly [
  level: number,
  quantity: number,
  confirmed: number,
  fulfilled: number,
];

export interface KeptReservation {
  readonly reservation: Reservation;
  /** Those of `reservation`, as they are kept. */
  readonly lines: readonly KeptLine[];
}

/** Of `reservations` and `customer_data`. */
export const RESERVATION_COLUMNS = `
  reservations.id, status, expires_at AS "expiresAt", ttl_seconds AS "ttlSeconds",
  created_at AS "createdAt", updated_at AS "updatedAt", created_by AS "createdBy", lines,
  reference, metadata`;

export function keptLinesOf(columns: Pick<ReservationColumns, 'lines'>): KeptLine[] {
  return JSON.parse(columns.lines) as KeptLine[];
}

/** @param idOf what a level is known as */
export function keptReservation(
  reservation: Reservation,
  idOf: (sku: string, location: string) => number,
): KeptReservation {
  const lines = reservation.lines.map(
    ({ sku, location, quantity, confirmed, fulfilled }): KeptLine => {
      return [idOf(sku, location), quantity, confirmed, fulfilled];
    },
  );
  return { reservation, lines };
}

/** @param lines those of `columns`, with the names of their levels */
export function reservationOf(
  columns: ReservationColumns,
  lines: readonly ReservationLine[],
): Reservation {
  const { id, status, ttlSeconds, expiresAt, createdAt, updatedAt, createdBy } = columns;
  return {
    id,
    status,
    lines,
    ttlSeconds,
    expiresAt,
    createdAt,
    updatedAt,
    createdBy,
    ...erasableOf(columns),
  };
}

export function erasableOf({ reference, metadata }: CustomerDataColumns): Erasable {
  return {
    reference,
    metadata: metadata === null ? null : (JSON.parse(metadata) as JsonObject),
  };
}
