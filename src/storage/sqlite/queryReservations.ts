import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Reservation } from '../../domain/reservation.ts';
import type { ReservationPage } from '../../queries/store.ts';
import { RESERVATION_COLUMNS, type ReservationColumns } from '../rows/reservations.ts';
import { LevelNames } from './levelNames.ts';
import { ReservationReader } from './reservations.ts';
import { all } from './statement.ts';

const ALL = `
  SELECT ${RESERVATION_COLUMNS}
  FROM reservations LEFT JOIN customer_data ON reservation_id = reservations.id`;

const READ_PAGE = `${ALL} WHERE reservations.id > ? ORDER BY reservations.id LIMIT ?`;
const READ_PAGE_BY_STATUS = `${ALL}
  WHERE status = ? AND (expires_at, reservations.id) > (?, ?)
  ORDER BY expires_at, reservations.id LIMIT ?`;

// A reference is shared by few reservations, so going through all that have it is a small matter.
const WITH_REFERENCE = `
  SELECT ${RESERVATION_COLUMNS}
  FROM customer_data CROSS JOIN reservations ON reservations.id = reservation_id
  WHERE reference = ?`;

const READ_PAGE_BY_REFERENCE = `${WITH_REFERENCE}
  AND reservation_id > ? ORDER BY reservation_id LIMIT ?`;
const READ_PAGE_BY_REFERENCE_AND_STATUS = `${WITH_REFERENCE}
  AND status = ? AND (expires_at, reservation_id) > (?, ?)
  ORDER BY expires_at, reservation_id LIMIT ?`;

const FIRST = { expiresAt: 0, id: '' };

export class ReservationQueries {
  readonly #reservations: ReservationReader;
  readonly #names: LevelNames;
  readonly #page: StatementSync;
  readonly #pageByStatus: StatementSync;
  readonly #pageByReference: StatementSync;
  readonly #pageByReferenceAndStatus: StatementSync;

  constructor(db: DatabaseSync) {
    this.#reservations = new ReservationReader(db);
    this.#names = new LevelNames(db);
    this.#page = db.prepare(READ_PAGE);
    this.#pageByStatus = db.prepare(READ_PAGE_BY_STATUS);
    this.#pageByReference = db.prepare(READ_PAGE_BY_REFERENCE);
    this.#pageByReferenceAndStatus = db.prepare(READ_PAGE_BY_REFERENCE_AND_STATUS);
  }

  reservation(id: string): Reservation | undefined {
    const columns = this.#reservations.byId(id);
    return columns && this.#names.reservationOf(columns);
  }

  reservations(page: ReservationPage): Reservation[] {
    return this.#read(page).map((columns) => this.#names.reservationOf(columns));
  }

  #read({ status, reference, after = FIRST, limit }: ReservationPage): ReservationColumns[] {
    const { expiresAt, id } = after;
    if (reference === undefined) {
      return status === undefined
        ? all(this.#page, id, limit)
        : all(this.#pageByStatus, status, expiresAt, id, limit);
    }
    return status === undefined
      ? all(this.#pageByReference, reference, id, limit)
      : all(this.#pageByReferenceAndStatus, reference, status, expiresAt, id, limit);
  }
}
