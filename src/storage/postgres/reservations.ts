import { RESERVATION_COLUMNS, type ReservationColumns } from '../rows/reservations.ts';
import { one, type Runner, statement } from './statement.ts';

/** LIMIT keeps the planner from reading all customer data for a few reservations. */
export const WITH_CUSTOMER_DATA = `reservations LEFT JOIN LATERAL (
    SELECT reference, metadata FROM customer_data
    WHERE customer_data.reservation_id = reservations.id LIMIT 1
  ) AS customer_data ON true`;

const READ = statement<ReservationColumns>(
  'reservation',
  `SELECT ${RESERVATION_COLUMNS} FROM ${WITH_CUSTOMER_DATA} WHERE reservations.id = $1`,
);

export class ReservationReader {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  byId(id: string): Promise<ReservationColumns | undefined> {
    return one(this.#runner, READ, [id]);
  }
}
