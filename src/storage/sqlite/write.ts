import type { Movement } from '../../domain/events.ts';
import { invariant } from '../../domain/invariant.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { type Stamp, stampRow } from '../../domain/stamp.ts';
import { type Level, type LevelKey, levelKey } from '../../domain/stock.ts';
import type { Transfer } from '../../domain/transfer.ts';
import type { Change, Writes } from '../../ledger/store.ts';
import type { KeptHold } from '../rows/holds.ts';
import { type KeptReservation, keptReservation } from '../rows/reservations.ts';
import type { Tables } from './tables.ts';

/**
 * Writes what a commit decided, levels first, for their numbers stand in everything else. The caller has begun the
 * write transaction and undoes it when this throws.
 */
export function writeAll(
  tables: Tables,
  levelIds: Map<LevelKey, number>,
  writes: Writes,
  stamp: Stamp,
): void {
  const writing = new Writing(tables, levelIds, stamp);
  for (const [key, change] of writes.levels) writing.writeLevel(key, change);
  writing.writeReservations(writes);
  for (const change of writes.transfers.values()) writing.writeTransfer(change);
  writing.writeCatalogue(writes);
  writing.appendEvents(writes);
  for (const key of writes.keys) tables.keys.insert(key, stamp);
  for (const lost of writes.lostDemand) tables.demand.add(lost, stamp.time);
  writeLinks(tables, writes, stamp);
  const position = stamp.firstPosition + writes.events.length - 1;
  tables.head.advance({ time: stamp.time, position });
}

function writeLinks(
  { links, shares, mirror }: Tables,
  { superseded, mirrored, ...writes }: Writes,
  { firstPosition }: Stamp,
): void {
  for (const { after } of writes.links.values()) {
    invariant(after !== undefined, 'a link is never removed');
    links.put(after);
  }
  for (const { after } of writes.shares.values()) {
    invariant(after !== undefined, 'what a peer owns is never forgotten');
    shares.put(after);
  }
  for (const lost of superseded) mirror.supersede(lost);
  // Without events it is the next position: what was known at the last one has been told already.
  const appliedAt = firstPosition + Math.max(writes.events.length - 1, 0);
  mirror.append(
    mirrored.map(({ peer, event, applied }) => {
      return { peer, event, appliedAt, state: applied ? 'applied' : 'unapplied' };
    }),
  );
}

class Writing {
  readonly #tables: Tables;
  readonly #levelIds: Map<LevelKey, number>;
  readonly #stamp: Stamp;

  constructor(tables: Tables, levelIds: Map<LevelKey, number>, stamp: Stamp) {
    this.#tables = tables;
    this.#levelIds = levelIds;
    this.#stamp = stamp;
  }

  writeLevel(key: LevelKey, { before, after }: Change<Level>): void {
    invariant(after !== undefined, 'a level is never removed');
    const { levels } = this.#tables;
    const known = this.#levelIds.get(key);
    if (known !== undefined) {
      // A level that is thought to be new has version 0, which no row has.
      levels.update(known, before?.version ?? 0, after, this.#stamp.time);
      return;
    }
    const id = levels.numberFor(after.sku, after.location);
    this.#levelIds.set(key, id);
    levels.insert(id, after, this.#stamp.time);
  }

  writeReservations({ reservations }: Writes): void {
    const made: KeptReservation[] = [];
    const holds: KeptHold[] = [];
    for (const { before, after } of reservations.values()) {
      invariant(after !== undefined, 'a reservation is never removed');
      const kept = this.#kept(after);
      if (before) this.#updateReservation(before, kept);
      else made.push(kept);
      this.#changeHolds(before, kept, holds);
    }
    this.#tables.reservations.insertAll(made);
    for (const { reservation } of made) this.#tables.reservations.insertCustomerData(reservation);
    this.#tables.holds.insertAll(holds);
  }

  writeTransfer({ before, after }: Change<Transfer>): void {
    invariant(after !== undefined, 'a transfer is never removed');
    const transfer = stampRow(after, this.#stamp);
    if (before) this.#tables.transfers.update(transfer);
    else this.#tables.transfers.put(transfer);
  }

  writeCatalogue({ products, locations }: Writes): void {
    const { catalogue } = this.#tables;
    for (const [sku, { after }] of products) {
      if (after) catalogue.putProduct(after);
      else catalogue.deleteProduct(sku);
    }
    for (const [location, { after }] of locations) {
      if (after) catalogue.putLocation(after);
      else catalogue.deleteLocation(location);
    }
  }

  appendEvents({ events }: Writes): void {
    const levelId = ({ sku, location }: Movement) => this.#idOf(sku, location);
    this.#tables.events.append(events, this.#stamp, levelId);
  }

  /** Nothing changes what a client said about a reservation, so it can only be erased, and all of it. */
  #updateReservation(before: Reservation, kept: KeptReservation): void {
    const { reservations } = this.#tables;
    const { reservation } = kept;
    reservations.update(kept);
    if (erasesCustomerData({ before, after: reservation })) {
      reservations.eraseCustomerData(reservation.id);
    }
  }

  /** Removes the holds that ended, and adds those that began to `begun`. */
  #changeHolds(
    before: Reservation | undefined,
    { reservation, lines }: KeptReservation,
    begun: KeptHold[],
  ): void {
    const { id: reservationId, status, expiresAt } = reservation;
    const wasHeld = before?.status === 'held';
    const isHeld = status === 'held';
    if (wasHeld && isHeld && before.expiresAt === expiresAt) return;
    for (const [level, quantity] of lines) {
      if (wasHeld) this.#tables.holds.delete(level, before.expiresAt, reservationId);
      if (isHeld) begun.push({ level, expiresAt, reservationId, quantity });
    }
  }

  #kept(after: Reservation): KeptReservation {
    return keptReservation(stampRow(after, this.#stamp), (sku, location) =>
      this.#idOf(sku, location),
    );
  }

  #idOf(sku: string, location: string): number {
    const id = this.#levelIds.get(levelKey(sku, location));
    invariant(id !== undefined, () => `the level ${sku} at ${location} is not part of this commit`);
    return id;
  }
}

export function erasesCustomerData({ before, after }: Change<Reservation>): boolean {
  const had = before !== undefined && (before.reference !== null || before.metadata !== null);
  return had && after?.reference === null && after.metadata === null;
}
