import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { JsonObject } from '../../domain/json.ts';
import type { Reservation, ReservationLine, ReservationStatus } from '../../domain/reservation.ts';
import type { Erasable } from '../../ledger/store.ts';
import { MultiInsert } from './multiInsert.ts';
import { all, one } from './statement.ts';

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

type CustomerDataColumns = { readonly reference: string | null; readonly metadata: string | null };

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

export const RESERVATION_COLUMNS = `
  reservations.id, status, expires_at AS "expiresAt", ttl_seconds AS "ttlSeconds",
  created_at AS "createdAt", updated_at AS "updatedAt", created_by AS "createdBy", lines,
  reference, metadata`;

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
    (id, status, expires_at, ttl_seconds, created_at, updated_at, created_by, lines)`;
const INSERT_COLUMNS = 8;
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
      values.push(JSON.stringify(lines));
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

export function keptLinesOf(columns: ReservationColumns): KeptLine[] {
  return JSON.parse(columns.lines) as KeptLine[];
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

function erasableOf({ reference, metadata }: CustomerDataColumns): Erasable {
  return {
    reference,
    metadata: metadata === null ? null : (JSON.parse(metadata) as JsonObject),
  };
}
