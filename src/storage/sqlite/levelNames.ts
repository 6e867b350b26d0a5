import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Reservation } from '../../domain/reservation.ts';
import {
  keptLinesOf,
  lineOf,
  type ReservationColumns,
  reservationOf,
} from '../rows/reservations.ts';
import { one } from './statement.ts';

const READ_NAME = 'SELECT sku, location FROM level_ids WHERE id = ?';

/** How many names are remembered, about 100 bytes each. */
const NAMES_MAX = 100_000;

export type LevelName = { readonly sku: string; readonly location: string };

/**
 * What the numbers of levels stand for. A number keeps its meaning for ever once it is committed, so it may be
 * remembered; whoever shares this must not look inside a transaction that may be rolled back.
 */
export class LevelNames {
  readonly #read: StatementSync;
  readonly #known = new Map<number, LevelName>();

  constructor(db: DatabaseSync) {
    this.#read = db.prepare(READ_NAME);
  }

  /** @throws {Error} when the log does not know the number: the file was changed by another hand */
  nameOf(id: number): LevelName {
    const known = this.#known.get(id);
    if (known) return known;
    const name = one<LevelName>(this.#read, id);
    if (!name) throw new Error(`the database names no level ${id}`);
    if (this.#known.size >= NAMES_MAX) this.#known.clear();
    this.#known.set(id, name);
    return name;
  }

  reservationOf(columns: ReservationColumns): Reservation {
    const lines = keptLinesOf(columns).map((kept) => lineOf(kept, this.nameOf(kept[0])));
    return reservationOf(columns, lines);
  }
}
