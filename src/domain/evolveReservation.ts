import type { LedgerEvent, Movement } from './events.ts';
import { isMovement } from './events.ts';
import { invariant } from './invariant.ts';
import type { Reservation, ReservationLine, ReservationStatus } from './reservation.ts';

/**
 * What becomes of a reservation by events of its own, in order. Any run of them may be given at once, so a log can
 * be folded in pieces of any size with the same result.
 * @param time milliseconds since 1970 of the last of the events, or `THIS_COMMIT`
 */
export function evolveReservation(
  before: Reservation | undefined,
  events: readonly LedgerEvent[],
  time: number,
): Reservation {
  let reservation = before;
  const lines: ReservationLine[] = before ? [...before.lines] : [];
  let status: ReservationStatus = before?.status ?? 'held';
  let cursor = 0;
  for (const event of events) {
    if (!isMovement(event)) {
      invariant(reservation !== undefined, `${event.type} of a reservation that was never made`);
      if (isPartNotice(event)) status = settlePart(lines, event, status);
      else reservation = noticed(reservation, event);
      continue;
    }
    if (event.type === 'reserve') {
      reservation ??= made(event, time);
      lines.push(newLine(event));
      continue;
    }
    if (event.type === 'accept') {
      reservation ??= madeElsewhere(event, time);
      lines.push(partLine(event));
      status = 'confirmed';
      continue;
    }
    cursor = findLine(lines, event, cursor);
    lines[cursor] = movedLine(lines[cursor], event);
    status = statusAfter(status, event, lines);
  }
  invariant(reservation !== undefined, 'a reservation begins with a hold');
  return { ...reservation, lines, status, updatedAt: time };
}

function made(event: Movement, time: number): Reservation {
  const { details, reservationId } = event;
  invariant(reservationId !== null && details !== null, 'a hold names its reservation and its end');
  const { expiresAt, ttlSeconds } = details;
  invariant(expiresAt !== undefined && ttlSeconds !== undefined, 'a hold has an end');
  return {
    id: reservationId,
    status: 'held',
    lines: [],
    ttlSeconds,
    expiresAt,
    createdAt: time,
    updatedAt: time,
    createdBy: event.actor,
    reference: null,
    metadata: null,
  };
}

/** The part of another node's reservation that is handed over here: it comes confirmed. */
function madeElsewhere(event: Movement, time: number): Reservation {
  const { details, reservationId, actor } = event;
  const { madeBy, expiresAt = 0, ttlSeconds = 0 } = details ?? {};
  invariant(reservationId !== null && madeBy !== undefined, 'a part says whose it is');
  return {
    id: reservationId,
    madeBy,
    status: 'confirmed',
    lines: [],
    ttlSeconds,
    expiresAt,
    createdAt: time,
    updatedAt: time,
    createdBy: actor,
    reference: null,
    metadata: null,
  };
}

function partLine({ sku, location, quantity }: Movement): ReservationLine {
  return { sku, location, quantity, confirmed: quantity, fulfilled: 0 };
}

function isPartNotice({ type }: LedgerEvent): boolean {
  return type === 'part_fulfilled' || type === 'part_cancelled';
}

/** The node that has the goods has handed some over, or given some back. */
function settlePart(
  lines: ReservationLine[],
  event: LedgerEvent,
  status: ReservationStatus,
): ReservationStatus {
  const { sku, location, details, type } = event;
  const units = details?.units ?? 0;
  const index = lines.findIndex((line) => line.sku === sku && line.location === location);
  const line = lines[index];
  invariant(line?.passed !== undefined, () => `${type} of ${sku} at ${location}: nothing passed`);
  const passed = { ...line.passed, open: line.passed.open - units };
  lines[index] =
    type === 'part_fulfilled'
      ? { ...line, fulfilled: line.fulfilled + units, passed }
      : { ...line, passed: { ...passed, cancelled: passed.cancelled + units } };
  return settledStatus(lines, status);
}

function settledStatus(
  lines: readonly ReservationLine[],
  status: ReservationStatus,
): ReservationStatus {
  const isOpen = lines.some(
    ({ confirmed, fulfilled, passed }) => confirmed > fulfilled + (passed?.cancelled ?? 0),
  );
  if (isOpen) return status;
  return lines.some(({ fulfilled }) => fulfilled > 0) ? 'fulfilled' : 'cancelled';
}

function newLine({ sku, location, quantity }: Movement): ReservationLine {
  return { sku, location, quantity, confirmed: 0, fulfilled: 0 };
}

function noticed(reservation: Reservation, event: LedgerEvent): Reservation {
  if (event.type === 'redact') return { ...reservation, reference: null, metadata: null };
  if (event.type === 'cancel_asked') return reservation;
  const after = event.details?.after;
  invariant(after !== undefined && 'expiresAt' in after, 'an extension says the new end');
  return { ...reservation, expiresAt: after.expiresAt };
}

/** Events come in the order of the lines, so the search goes on from the last hit and wraps around. */
function findLine(lines: readonly ReservationLine[], event: Movement, start: number): number {
  for (let step = 0; step < lines.length; step++) {
    const index = (start + step) % lines.length;
    const line = lines[index];
    if (line?.sku === event.sku && line.location === event.location) return index;
  }
  invariant(false, () => `${event.type} of ${event.sku} at ${event.location}: no such line`);
  return -1;
}

function movedLine(line: ReservationLine | undefined, event: Movement): ReservationLine {
  invariant(line !== undefined, 'the line was found');
  if (event.type === 'confirm') return { ...line, confirmed: line.confirmed + event.quantity };
  if (event.type === 'fulfil') return { ...line, fulfilled: line.fulfilled + event.quantity };
  if (event.type === 'grant') return passedLine(line, event);
  return line;
}

function passedLine(line: ReservationLine, { quantity, details }: Movement): ReservationLine {
  invariant(details?.peer !== undefined, 'a grant says to whom');
  return { ...line, passed: { node: details.peer, open: quantity, cancelled: 0 } };
}

function statusAfter(
  status: ReservationStatus,
  event: Movement,
  lines: readonly ReservationLine[],
): ReservationStatus {
  switch (event.type) {
    case 'confirm':
    case 'release':
      return 'confirmed';
    case 'fulfil':
      return settledStatus(lines, status);
    case 'grant':
      return status;
    case 'cancel':
      return lines.some((line) => line.fulfilled > 0) ? 'fulfilled' : 'cancelled';
    case 'expire':
      return 'expired';
    default:
      invariant(false, `${event.type} is not an event of a reservation`);
      return status;
  }
}
