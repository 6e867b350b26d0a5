import { invariant } from '../../domain/invariant.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { THIS_COMMIT } from '../../domain/stamp.ts';
import type { Change } from '../../ledger/store.ts';
import { holdsOf, type KeptHold } from '../rows/holds.ts';
import { type KeptReservation, keptReservation } from '../rows/reservations.ts';
import { numbers, texts } from './arrays.ts';
import type { PartText, WriteStatement } from './writeStatement.ts';

/** Makes and changes reservations, with the holds and the customer data that go with them. */
export function addReservations(
  write: WriteStatement<unknown>,
  changes: Iterable<Change<Reservation>>,
  idOf: (sku: string, location: string) => number,
): void {
  const made: KeptReservation[] = [];
  const changed: KeptReservation[] = [];
  const erased: string[] = [];
  const begun: KeptHold[] = [];
  const ended: KeptHold[] = [];
  for (const { before, after } of changes) {
    invariant(after !== undefined, 'a reservation is never removed');
    const kept = keptReservation(after, idOf);
    (before ? changed : made).push(kept);
    if (erasesCustomerData(before, after)) erased.push(after.id);
    if (holdsStand(before, after)) continue;
    if (before) ended.push(...holdsOf({ ...kept, reservation: before }));
    begun.push(...holdsOf(kept));
  }
  addMade(write, made);
  addChanged(write, changed);
  if (erased.length > 0) write.add('erased', erasure(erased));
  addHolds(write, ended, begun);
}

function addMade(write: WriteStatement<unknown>, made: readonly KeptReservation[]): void {
  if (made.length === 0) return;
  write.add('new_reservations', insertion(made));
  const told = made
    .map(({ reservation }) => reservation)
    .filter(({ reference, metadata }) => reference !== null || metadata !== null);
  if (told.length > 0) write.add('new_customer_data', insertionOfCustomerData(told));
}

function addChanged(write: WriteStatement<unknown>, changed: readonly KeptReservation[]): void {
  if (changed.length === 0) return;
  write.add('changed_reservations', update(changed));
  write.expect('changed_reservations', changed.length);
}

function addHolds(
  write: WriteStatement<unknown>,
  ended: readonly KeptHold[],
  begun: readonly KeptHold[],
): void {
  if (ended.length > 0) {
    write.add('ended_holds', deletion(ended));
    write.expect('ended_holds', ended.length);
  }
  if (begun.length > 0) write.add('new_holds', insertionOfHolds(begun));
}

/** Nothing changes what a client said about a reservation, so it can only be erased, and all of it. */
function erasesCustomerData(before: Reservation | undefined, after: Reservation): boolean {
  const had = before !== undefined && (before.reference !== null || before.metadata !== null);
  return had && after.reference === null && after.metadata === null;
}

function holdsStand(before: Reservation | undefined, after: Reservation): boolean {
  const areHeld = before?.status === 'held' && after.status === 'held';
  return areHeld && before.expiresAt === after.expiresAt;
}

function insertion(made: readonly KeptReservation[]): PartText {
  const rows = made.map(({ reservation }) => reservation);
  for (const { createdAt } of rows) {
    invariant(createdAt === THIS_COMMIT, 'a reservation is made at the time of its commit');
  }
  return (parameter) => `
    INSERT INTO reservations
      (id, status, expires_at, ttl_seconds, created_by, made_by, lines, created_at, updated_at)
    SELECT id, status, expires_at, ttl_seconds, created_by, made_by, lines, head.time, head.time
    FROM head, unnest(
      ${parameter(texts(rows.map(({ id }) => id)), 'text[]')},
      ${parameter(texts(rows.map(({ status }) => status)), 'text[]')},
      ${parameter(numbers(rows.map(({ expiresAt }) => expiresAt)), 'bigint[]')},
      ${parameter(numbers(rows.map(({ ttlSeconds }) => ttlSeconds)), 'bigint[]')},
      ${parameter(texts(rows.map(({ createdBy }) => createdBy)), 'text[]')},
      ${parameter(texts(rows.map(({ madeBy = null }) => madeBy)), 'text[]')},
      ${parameter(texts(made.map(({ lines }) => JSON.stringify(lines))), 'text[]')}
    ) AS made (id, status, expires_at, ttl_seconds, created_by, made_by, lines)`;
}

function insertionOfCustomerData(rows: readonly Reservation[]): PartText {
  const metadata = rows.map((row) => row.metadata && JSON.stringify(row.metadata));
  return (parameter) => `
    INSERT INTO customer_data (reservation_id, reference, metadata)
    SELECT told.* FROM head, unnest(
      ${parameter(texts(rows.map(({ id }) => id)), 'text[]')},
      ${parameter(texts(rows.map(({ reference }) => reference)), 'text[]')},
      ${parameter(texts(metadata), 'text[]')}
    ) AS told (reservation_id, reference, metadata)`;
}

function update(changed: readonly KeptReservation[]): PartText {
  const rows = changed.map(({ reservation }) => reservation);
  return (parameter) => `
    UPDATE reservations
    SET status = changed.status, expires_at = changed.expires_at, lines = changed.lines,
      updated_at = CASE changed.updated_at WHEN ${THIS_COMMIT} THEN head.time ELSE changed.updated_at END
    FROM head, unnest(
      ${parameter(texts(rows.map(({ id }) => id)), 'text[]')},
      ${parameter(texts(rows.map(({ status }) => status)), 'text[]')},
      ${parameter(numbers(rows.map(({ expiresAt }) => expiresAt)), 'bigint[]')},
      ${parameter(numbers(rows.map(({ updatedAt }) => updatedAt)), 'bigint[]')},
      ${parameter(texts(changed.map(({ lines }) => JSON.stringify(lines))), 'text[]')}
    ) AS changed (id, status, expires_at, updated_at, lines)
    WHERE reservations.id = changed.id
    RETURNING reservations.id`;
}

function erasure(ids: readonly string[]): PartText {
  return (parameter) => `
    DELETE FROM customer_data USING head
    WHERE reservation_id = ANY (${parameter(texts(ids), 'text[]')})`;
}

function insertionOfHolds(holds: readonly KeptHold[]): PartText {
  return (parameter) => `
    INSERT INTO holds (level, expires_at, reservation_id, quantity)
    SELECT begun.* FROM head, unnest(
      ${places(holds, parameter)},
      ${parameter(numbers(holds.map(({ quantity }) => quantity)), 'bigint[]')}
    ) AS begun (level, expires_at, reservation_id, quantity)`;
}

function deletion(holds: readonly KeptHold[]): PartText {
  return (parameter) => `
    DELETE FROM holds USING head, unnest(${places(holds, parameter)})
      AS ended (level, expires_at, reservation_id)
    WHERE holds.level = ended.level AND holds.expires_at = ended.expires_at
      AND holds.reservation_id = ended.reservation_id
    RETURNING holds.level`;
}

function places(holds: readonly KeptHold[], parameter: Parameters<PartText>[0]): string {
  return [
    parameter(numbers(holds.map(({ level }) => level)), 'bigint[]'),
    parameter(numbers(holds.map(({ expiresAt }) => expiresAt)), 'bigint[]'),
    parameter(texts(holds.map(({ reservationId }) => reservationId)), 'text[]'),
  ].join(', ');
}
