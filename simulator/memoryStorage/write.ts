import type { LoggedEvent } from '../../src/domain/events.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import { type Stamp, stampRow } from '../../src/domain/stamp.ts';
import { levelKey } from '../../src/domain/stock.ts';
import { StoreConflictError } from '../../src/ledger/errors.ts';
import {
  type Change,
  idempotencyMapKey,
  type LostDemand,
  type Writes,
} from '../../src/ledger/store.ts';
import type { Tables } from './tables.ts';

const MINUTE_MS = 60_000;

/**
 * Writes all of a commit or nothing: whatever can fail is checked before the first change, and nothing waits between.
 * @throws {StoreConflictError} a level has another version than was decided on; nothing was written
 */
export function write(tables: Tables, writes: Writes, stamp: Stamp): void {
  checkVersions(tables, writes);
  writeEvents(tables, writes, stamp);
  for (const [key, { after }] of writes.levels) {
    if (after) tables.levels.set(key, { ...after, updatedAt: stamp.time });
  }
  for (const { before, after } of writes.reservations.values()) {
    if (before) dropHolds(tables, before);
    if (after) putReservation(tables, stampRow(after, stamp));
  }
  for (const [id, { after }] of writes.transfers) {
    if (after) tables.transfers.set(id, stampRow(after, stamp));
  }
  applyChanges(tables.products, writes.products);
  applyChanges(tables.locations, writes.locations);
  writeLinks(tables, writes, stamp);
  for (const key of writes.keys) tables.keys.set(idempotencyMapKey(key), { ...key, stamp });
  for (const lost of writes.lostDemand) addDemand(tables, lost, stamp.time);
}

function checkVersions(tables: Tables, writes: Writes): void {
  for (const [key, { before }] of writes.levels) {
    const expected = before?.version ?? 0;
    const version = tables.levels.get(key)?.version ?? 0;
    if (version === expected) continue;
    throw new StoreConflictError(`level ${key} has version ${version}, decided on ${expected}`);
  }
}

function writeEvents(tables: Tables, { events }: Writes, { firstPosition, time }: Stamp): void {
  for (const [index, event] of events.entries()) {
    const logged: LoggedEvent = { ...event, position: firstPosition + index, time };
    tables.events.push(logged);
  }
  tables.head = { position: firstPosition + events.length - 1, time };
}

function writeLinks(tables: Tables, writes: Writes, { firstPosition }: Stamp): void {
  const { links, shares, superseded, mirrored, events } = writes;
  applyChanges(tables.links, links);
  applyChanges(tables.shares, shares);
  for (const { peer, position } of superseded) {
    tables.mirror = tables.mirror.map((row) =>
      row.peer === peer && row.event.position > position ? { ...row, superseded: true } : row,
    );
  }
  // Without events it is the next position: what was known at the last one has been told already.
  const appliedAt = firstPosition + Math.max(events.length - 1, 0);
  for (const row of mirrored) tables.mirror.push({ ...row, appliedAt, superseded: false });
}

function dropHolds(tables: Tables, { id, lines }: Reservation): void {
  for (const { sku, location } of lines) {
    const holds = tables.holds.get(levelKey(sku, location));
    holds?.delete(id);
    if (holds?.size === 0) tables.holds.delete(levelKey(sku, location));
  }
}

/** Writes the reservation, and one hold per line while it is held. */
export function putReservation(tables: Tables, reservation: Reservation): void {
  const { id, status, lines, expiresAt } = reservation;
  tables.reservations.set(id, reservation);
  if (status !== 'held') return;
  for (const { sku, location, quantity } of lines) {
    const key = levelKey(sku, location);
    const holds = tables.holds.get(key) ?? new Map();
    holds.set(id, { reservationId: id, quantity, expiresAt });
    tables.holds.set(key, holds);
  }
}

function applyChanges<T>(table: Map<string, T>, changes: ReadonlyMap<string, Change<T>>): void {
  for (const [key, { after }] of changes) {
    if (after === undefined) table.delete(key);
    else table.set(key, after);
  }
}

function addDemand(tables: Tables, lost: LostDemand, time: number): void {
  const { sku, location, requests, units } = lost;
  const minute = time - (time % MINUTE_MS);
  const key = `${minute}\u0000${levelKey(sku, location)}`;
  const known = tables.demand.get(key) ?? { sku, location, minute, requests: 0, units: 0 };
  tables.demand.set(key, {
    ...known,
    requests: known.requests + requests,
    units: known.units + units,
  });
}
