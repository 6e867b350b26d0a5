import type { Hold, HoldPage } from '../../queries/store.ts';
import { HOLD_COLUMNS } from '../rows/holds.ts';
import { one, type Runner, statement } from './statement.ts';

const OF_LEVEL =
  'FROM holds WHERE level = (SELECT id FROM level_ids WHERE sku = $1 AND location = $2)';

const READ_PAGE = statement<Hold>(
  'holds_page',
  `SELECT ${HOLD_COLUMNS} ${OF_LEVEL} AND (expires_at, reservation_id) > ($3, $4)
  ORDER BY expires_at, reservation_id LIMIT $5`,
);
const READ_ONE = statement<{ quantity: number }>(
  'hold',
  `SELECT quantity ${OF_LEVEL} AND expires_at = $3 AND reservation_id = $4`,
);
const READ_UNITS = statement<{ value: number }>(
  'held_units',
  `SELECT coalesce(sum(quantity), 0) AS value ${OF_LEVEL}`,
);

const FIRST_HOLD = { expiresAt: 0, reservationId: '' };

/** Which reservations hold units of a level, and until when. */
export class HoldReader {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  page({ sku, location, after = FIRST_HOLD, limit }: HoldPage): Promise<Hold[]> {
    const { expiresAt, reservationId } = after;
    return this.#runner.run(READ_PAGE, [sku, location, expiresAt, reservationId, limit]);
  }

  /** Units of the one hold that stands exactly there. */
  async quantity(
    sku: string,
    location: string,
    expiresAt: number,
    reservationId: string,
  ): Promise<number | undefined> {
    const values = [sku, location, expiresAt, reservationId];
    return (await one(this.#runner, READ_ONE, values))?.quantity;
  }

  async units(sku: string, location: string): Promise<number> {
    return (await one(this.#runner, READ_UNITS, [sku, location]))?.value ?? 0;
  }
}
