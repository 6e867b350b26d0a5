import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Hold } from '../../queries/store.ts';
import { DUE_HOLDS_MIN, HOLD_COLUMNS, type KeptHold } from '../rows/holds.ts';
import { MultiInsert } from './multiInsert.ts';
import { all, countOf, one } from './statement.ts';

const READ_DUE = `
  SELECT reservation_id AS "reservationId", quantity FROM holds
  WHERE level = ? AND expires_at <= ?
  ORDER BY expires_at, reservation_id`;
const READ_NEXT_RELEASE = `
  SELECT expires_at AS "expiresAt" FROM holds WHERE level = ? AND expires_at > ?
  ORDER BY expires_at LIMIT 1`;
const READ_PAGE = `
  SELECT ${HOLD_COLUMNS} FROM holds WHERE level = ? AND (expires_at, reservation_id) > (?, ?)
  ORDER BY expires_at, reservation_id LIMIT ?`;
const READ_ONE = `
  SELECT quantity FROM holds WHERE level = ? AND expires_at = ? AND reservation_id = ?`;
// TOTAL counts in floating point: it is exact up to 2^53 and cannot fail beyond it, as SUM does at 2^63.
const READ_UNITS = 'SELECT total(quantity) AS value FROM holds WHERE level = ?';

const INSERT = 'INSERT INTO holds (level, expires_at, reservation_id, quantity)';
const DELETE = 'DELETE FROM holds WHERE level = ? AND expires_at = ? AND reservation_id = ?';

type DueColumns = { readonly reservationId: string; readonly quantity: number };

/** Which reservations hold units of a level, and until when. */
export class HoldReader {
  readonly #due: StatementSync;
  readonly #nextRelease: StatementSync;
  readonly #page: StatementSync;
  readonly #one: StatementSync;
  readonly #units: StatementSync;

  constructor(db: DatabaseSync) {
    this.#due = db.prepare(READ_DUE);
    this.#nextRelease = db.prepare(READ_NEXT_RELEASE);
    this.#page = db.prepare(READ_PAGE);
    this.#one = db.prepare(READ_ONE);
    this.#units = db.prepare(READ_UNITS);
  }

  /**
   * Reservations whose hold of the level is due, the longest overdue first. After a long standstill there may be any
   * number of them, so no more are read than a commit can use: `DUE_HOLDS_MIN`, or what covers the `missing` units.
   */
  due(level: number, now: number, missing: number): string[] {
    const ids: string[] = [];
    let uncovered = missing;
    for (const row of this.#due.iterate(level, now)) {
      const { reservationId, quantity } = row as DueColumns;
      ids.push(reservationId);
      uncovered -= quantity;
      if (uncovered <= 0 && ids.length >= DUE_HOLDS_MIN) break;
    }
    return ids;
  }

  /** When the first hold of the level ends that is not due yet, in milliseconds since 1970. */
  nextReleaseAt(level: number, now: number): number | undefined {
    return one<{ expiresAt: number }>(this.#nextRelease, level, now)?.expiresAt;
  }

  page(
    level: number,
    after: { readonly expiresAt: number; readonly reservationId: string },
    limit: number,
  ): Hold[] {
    return all<Hold>(this.#page, level, after.expiresAt, after.reservationId, limit);
  }

  /** Units of the one hold that stands exactly there. */
  quantity(level: number, expiresAt: number, reservationId: string): number | undefined {
    return one<{ quantity: number }>(this.#one, level, expiresAt, reservationId)?.quantity;
  }

  units(level: number): number {
    return countOf(this.#units, level);
  }
}

export class HoldWriter extends HoldReader {
  readonly #insert: MultiInsert;
  readonly #delete: StatementSync;

  constructor(db: DatabaseSync) {
    super(db);
    this.#insert = new MultiInsert(db, INSERT, 4);
    this.#delete = db.prepare(DELETE);
  }

  insertAll(holds: readonly KeptHold[]): void {
    const values = holds.flatMap(({ level, expiresAt, reservationId, quantity }) => {
      return [level, expiresAt, reservationId, quantity];
    });
    this.#insert.run(values);
  }

  delete(level: number, expiresAt: number, reservationId: string): void {
    this.#delete.run(level, expiresAt, reservationId);
  }
}
