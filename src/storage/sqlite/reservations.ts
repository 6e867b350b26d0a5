import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Reservation } from '../../domain/reservation.ts';
import type { Erasable } from '../../ledger/store.ts';
import {
  type CustomerDataColumns,
  erasableOf,
  type KeptReservation,
  RESERVATION_COLUMNS,
  type ReservationColumns,
} from '../rows/reservations.ts';
import { MultiInsert } from './multiInsert.ts';
import { all, one } from './statement.ts';

const READ = `
  SELECT ${RESERVATION_COLUMNS}
  FROM reservations LEFT JOIN customer_data ON reservation_id = reservations.id
  WHERE reservations.id = ?`;
const READ_CUSTOMER_DATA = `
  SELECT reference, metadata FROM customer_data WHERE reservation_id = ?`;
const READ_DUE = `
  SELECT id FROM reservations WHERE status = 'held' AND expires_at <= ?
  ORDER BY expires_at, id LIMIT ?`;

const INSERT = `
  INSERT INTO reservations
    (id, status, expires_at, ttl_seconds, created_at, updated_at, created_by, made_by, lines)`;
const INSERT_COLUMNS = 9;
const DELETE = 'DELETE FROM reservations WHERE id = ?';
const UPDATE = `
  UPDATE reservations SET status = ?, expires_at = ?, updated_at = ?, lines = ? WHERE id = ?`;
const INSERT_CUSTOMER_DATA = `
  INSERT INTO customer_data (reservation_id, reference, metadata) VALUES (?, ?, ?)`;
const DELETE_CUSTOMER_DATA = 'DELETE FROM customer_data WHERE reservation_id = ?';

export class ReservationReader {
  readonly #read: StatementSync;
  readonly #customerData: StatementSync;
  readonly #due: StatementSync;

  constructor(db: DatabaseSync) {
    this.#read = db.prepare(READ);
    this.#customerData = db.prepare(READ_CUSTOMER_DATA);
    this.#due = db.prepare(READ_DUE);
  }

  byId(id: string): ReservationColumns | undefined {
    return one<ReservationColumns>(this.#read, id);
  }

  /** What clients said about a reservation, as far as that is anything and was not erased. */
  customerData(id: string): Erasable | undefined {
    const columns = one<CustomerDataColumns>(this.#customerData, id);
    return columns && erasableOf(columns);
  }

  /** Ids of holds with `expiresAt <= now`, the longest overdue first. */
  due(now: number, limit: number): string[] {
    return all<{ id: string }>(this.#due, now, limit).map(({ id }) => id);
  }
}

export class ReservationWriter extends ReservationReader {
  readonly #db: DatabaseSync;
  readonly #insert: MultiInsert;
  readonly #delete: StatementSync;
  readonly #update: StatementSync;
  readonly #insertCustomerData: StatementSync;
  readonly #deleteCustomerData: StatementSync;

  constructor(db: DatabaseSync) {
    super(db);
    this.#db = db;
    this.#insert = new MultiInsert(db, INSERT, INSERT_COLUMNS);
    this.#delete = db.prepare(DELETE);
    this.#update = db.prepare(UPDATE);
    this.#insertCustomerData = db.prepare(INSERT_CUSTOMER_DATA);
    this.#deleteCustomerData = db.prepare(DELETE_CUSTOMER_DATA);
  }

  insertAll(reservations: readonly KeptReservation[]): void {
    const values: SQLInputValue[] = [];
    for (const { reservation, lines } of reservations) {
      const { id, status, expiresAt, ttlSeconds, createdAt, updatedAt, createdBy } = reservation;
      values.push(id, status, expiresAt, ttlSeconds, createdAt, updatedAt, createdBy);
      values.push(reservation.madeBy ?? null, JSON.stringify(lines));
    }
    this.#insert.run(values);
  }

  /** Removes a reservation to put it again; only a rebuild does that. Its customer data stays. */
  delete(id: string): void {
    this.#delete.run(id);
  }

  update({ reservation, lines }: KeptReservation): void {
    const { id, status, expiresAt, updatedAt } = reservation;
    this.#update.run(status, expiresAt, updatedAt, JSON.stringify(lines), id);
  }

  insertCustomerData({ id, reference, metadata }: Reservation): void {
    if (reference === null && metadata === null) return;
    this.#insertCustomerData.run(id, reference, metadata && JSON.stringify(metadata));
  }

  /** Leaves nothing of it in the pages of the file; `checkpoint.ts` sees to the write-ahead log. */
  eraseCustomerData(id: string): void {
    this.#db.exec('PRAGMA secure_delete = ON');
    this.#deleteCustomerData.run(id);
    this.#db.exec('PRAGMA secure_delete = FAST');
  }
}
