import type { JsonObject } from '../../domain/json.ts';
import type {
  PassedPart,
  Reservation,
  ReservationLine,
  ReservationStatus,
} from '../../domain/reservation.ts';
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
  readonly madeBy: string | null;
  readonly lines: string;
} & CustomerDataColumns;

export type CustomerDataColumns = {
  readonly reference: string | null;
  readonly metadata: string | null;
};

/**
 * A line as it is kept: number of its level, quantity, confirmed, fulfilled, and what was passed to another node where
 * anything was.
 */
export type KeptLine = readonly [
  level: number,
  quantity: number,
  confirmed: number,
  fulfilled: number,
  passed?: KeptPassed,
];

type KeptPassed = readonly [node: string, open: number, cancelled: number];

export interface KeptReservation {
  readonly reservation: Reservation;
  /** Those of `reservation`, as they are kept. */
  readonly lines: readonly KeptLine[];
}

/** Of `reservations` and `customer_data`. */
export const RESERVATION_COLUMNS = `
  reservations.id, status, expires_at AS "expiresAt", ttl_seconds AS "ttlSeconds",
  created_at AS "createdAt", updated_at AS "updatedAt", created_by AS "createdBy",
  made_by AS "madeBy", lines,
  reference, metadata`;

export function keptLinesOf(columns: Pick<ReservationColumns, 'lines'>): KeptLine[] {
  return JSON.parse(columns.lines) as KeptLine[];
}

/** @param idOf what a level is known as */
export function keptReservation(
  reservation: Reservation,
  idOf: (sku: string, location: string) => number,
): KeptReservation {
  const lines = reservation.lines.map((line) => keptLine(line, idOf(line.sku, line.location)));
  return { reservation, lines };
}

function keptLine(
  { quantity, confirmed, fulfilled, passed }: ReservationLine,
  level: number,
): KeptLine {
  if (passed === undefined) return [level, quantity, confirmed, fulfilled];
  const { node, open, cancelled } = passed;
  return [level, quantity, confirmed, fulfilled, [node, open, cancelled]];
}

/** @param name of the level that the line is of */
export function lineOf(
  [_level, quantity, confirmed, fulfilled, passed]: KeptLine,
  { sku, location }: Pick<ReservationLine, 'sku' | 'location'>,
): ReservationLine {
  const line = { sku, location, quantity, confirmed, fulfilled };
  return passed === undefined ? line : { ...line, passed: passedPart(passed) };
}

function passedPart([node, open, cancelled]: KeptPassed): PassedPart {
  return { node, open, cancelled };
}

/** @param lines those of `columns`, with the names of their levels */
export function reservationOf(
  columns: ReservationColumns,
  lines: readonly ReservationLine[],
): Reservation {
  const { id, status, ttlSeconds, expiresAt, createdAt, updatedAt, createdBy, madeBy } = columns;
  return {
    id,
    ...(madeBy !== null && { madeBy }),
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
