import type { DatabaseSync } from 'node:sqlite';
import type { Location, Product } from '../../domain/catalogue.ts';
import { invariant } from '../../domain/invariant.ts';
import type { Share } from '../../domain/links/share.ts';
import type { Reservation } from '../../domain/reservation.ts';
import type { Transfer } from '../../domain/transfer.ts';
import type { BooksWriter, LevelRow } from '../../ledger/books.ts';
import { holdsOf } from '../rows/holds.ts';
import { keptLinesOf, keptReservation } from '../rows/reservations.ts';
import type { Tables } from './tables.ts';

// Everything that is made from the log, and from what is mirrored of other nodes' logs. What stays: `events` and
// `level_ids`, which are the log; `mirror`; links and customer data, which are not in it; idempotency keys and demand,
// which stand for themselves.
const REMOVE_ALL = `
  DELETE FROM levels;
  DELETE FROM reservations;
  DELETE FROM holds;
  DELETE FROM transfers;
  DELETE FROM products;
  DELETE FROM locations;
  DELETE FROM shares;`;

// The newest time may be past the last event, for an answer about a time makes that time final. Times follow positions,
// so the log is walked in its own order: to group it by time would sort all of it, in memory.
const REMAKE_LOG_TIMES = `
  DELETE FROM log_times WHERE time < (SELECT max(time) FROM log_times);
  INSERT INTO log_times (time, position)
    SELECT time, position FROM events AS last
    WHERE NOT EXISTS (
      SELECT 1 FROM events AS next WHERE next.position = last.position + 1 AND next.time = last.time
    )
    ORDER BY position
    ON CONFLICT (time) DO UPDATE SET position = excluded.position;
  UPDATE log_times SET position = (SELECT coalesce(max(position), 0) FROM events)
    WHERE time = (SELECT max(time) FROM log_times);`;

const REMOVE_LOST_CUSTOMER_DATA = `
  DELETE FROM customer_data WHERE reservation_id NOT IN (SELECT id FROM reservations);`;

/** Writes rows anew, inside one write transaction. */
export class RebuildWriter implements BooksWriter {
  readonly #db: DatabaseSync;
  readonly #tables: Tables;

  constructor(db: DatabaseSync, tables: Tables) {
    this.#db = db;
    this.#tables = tables;
  }

  removeAll(): void {
    this.#db.exec(REMOVE_ALL);
  }

  /** After all rows are there. */
  finish(): void {
    this.#db.exec(REMAKE_LOG_TIMES);
    this.#db.exec(REMOVE_LOST_CUSTOMER_DATA);
  }

  async putLevels(levels: readonly LevelRow[]): Promise<void> {
    for (const level of levels) {
      const id = this.#idOf(level.sku, level.location);
      this.#tables.levels.put(id, level, level.updatedAt);
    }
  }

  async putReservations(reservations: readonly Reservation[]): Promise<void> {
    for (const { id } of reservations) this.#remove(id);
    const idOf = (sku: string, location: string) => this.#idOf(sku, location);
    const kept = reservations.map((reservation) => keptReservation(reservation, idOf));
    this.#tables.reservations.insertAll(kept);
    this.#tables.holds.insertAll(kept.flatMap(holdsOf));
  }

  async putTransfers(transfers: readonly Transfer[]): Promise<void> {
    for (const transfer of transfers) this.#tables.transfers.put(transfer);
  }

  async putProducts(products: readonly Product[]): Promise<void> {
    for (const product of products) this.#tables.catalogue.putProduct(product);
  }

  async putLocations(locations: readonly Location[]): Promise<void> {
    for (const location of locations) this.#tables.catalogue.putLocation(location);
  }

  async putShares(shares: readonly Share[]): Promise<void> {
    for (const share of shares) this.#tables.shares.put(share);
  }

  #remove(reservationId: string): void {
    const columns = this.#tables.reservations.byId(reservationId);
    if (!columns) return;
    this.#tables.reservations.delete(reservationId);
    for (const [level] of keptLinesOf(columns)) {
      this.#tables.holds.delete(level, columns.expiresAt, reservationId);
    }
  }

  #idOf(sku: string, location: string): number {
    const id = this.#tables.levels.idOf(sku, location);
    invariant(id !== undefined, () => `the log names no level ${sku} at ${location}`);
    return id;
  }
}
