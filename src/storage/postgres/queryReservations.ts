import type { Reservation } from '../../domain/reservation.ts';
import type { ReservationPage } from '../../queries/store.ts';
import { RESERVATION_COLUMNS, type ReservationColumns } from '../rows/reservations.ts';
import { LevelNames, type NamesRunner } from './levelNames.ts';
import { ReservationReader, WITH_CUSTOMER_DATA } from './reservations.ts';
import { type Runner, statement } from './statement.ts';

const ALL = `SELECT ${RESERVATION_COLUMNS} FROM ${WITH_CUSTOMER_DATA}`;

const READ_PAGE = statement<ReservationColumns>(
  'reservations_page',
  `${ALL} WHERE reservations.id > $1 ORDER BY reservations.id LIMIT $2`,
);
const READ_PAGE_BY_STATUS = statement<ReservationColumns>(
  'reservations_by_status',
  `${ALL} WHERE status = $1 AND (expires_at, reservations.id) > ($2, $3)
  ORDER BY expires_at, reservations.id LIMIT $4`,
);

// A reference is shared by few reservations, so going through all that have it is a small matter.
const WITH_REFERENCE = `SELECT ${RESERVATION_COLUMNS}
  FROM customer_data CROSS JOIN LATERAL (
    SELECT * FROM reservations AS kept WHERE kept.id = customer_data.reservation_id LIMIT 1
  ) AS reservations
  WHERE reference = $1`;

const READ_PAGE_BY_REFERENCE = statement<ReservationColumns>(
  'reservations_by_reference',
  `${WITH_REFERENCE} AND reservation_id > $2 ORDER BY reservation_id LIMIT $3`,
);
const READ_PAGE_BY_REFERENCE_AND_STATUS = statement<ReservationColumns>(
  'reservations_by_reference_and_status',
  `${WITH_REFERENCE} AND status = $2 AND (expires_at, reservation_id) > ($3, $4)
  ORDER BY expires_at, reservation_id LIMIT $5`,
);

const FIRST = { expiresAt: 0, id: '' };

export class ReservationQueries {
  readonly #runner: Runner;
  readonly #reservations: ReservationReader;
  readonly #names: LevelNames;

  constructor(runner: NamesRunner) {
    this.#runner = runner;
    this.#reservations = new ReservationReader(runner);
    this.#names = new LevelNames(runner);
  }

  async reservation(id: string): Promise<Reservation | undefined> {
    const columns = await this.#reservations.byId(id);
    if (!columns) return undefined;
    const [reservation] = await this.#names.reservationsOf([columns]);
    return reservation;
  }

  async reservations(page: ReservationPage): Promise<Reservation[]> {
    return this.#names.reservationsOf(await this.#read(page));
  }

  #read({
    status,
    reference,
    after = FIRST,
    limit,
  }: ReservationPage): Promise<ReservationColumns[]> {
    const { expiresAt, id } = after;
    if (reference === undefined) {
      return status === undefined
        ? this.#runner.run(READ_PAGE, [id, limit])
        : this.#runner.run(READ_PAGE_BY_STATUS, [status, expiresAt, id, limit]);
    }
    return status === undefined
      ? this.#runner.run(READ_PAGE_BY_REFERENCE, [reference, id, limit])
      : this.#runner.run(READ_PAGE_BY_REFERENCE_AND_STATUS, [
          reference,
          status,
          expiresAt,
          id,
          limit,
        ]);
  }
}
