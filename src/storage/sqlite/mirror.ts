import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { MirrorPlace, MirrorRow } from '../../ledger/books.ts';
import type { Superseded } from '../../ledger/store.ts';
import {
  type EntryColumns,
  entryOf,
  MIRROR_ROW_COLUMNS,
  type MirrorRowColumns,
  mirrorColumns,
  mirrorRowOf,
} from '../rows/links.ts';
import { MultiInsert } from './multiInsert.ts';
import { all } from './statement.ts';

const READ_AFTER = `
  SELECT ${MIRROR_ROW_COLUMNS} FROM mirror
  WHERE (peer, applied_at, position) > (?, ?, ?)
  ORDER BY peer, applied_at, position LIMIT ?`;
// Whoever has made a reservation begins with that, so few rows are read before it is found.
export const READ_OF_RESERVATION = `
  SELECT peer, entry FROM mirror WHERE reservation_id = ? AND state = 'applied'
  ORDER BY peer, position`;

const INSERT = `
  INSERT INTO mirror (peer, applied_at, position, sku, location, reservation_id, state, entry)`;
const SUPERSEDE = `
  UPDATE mirror SET state = 'superseded' WHERE peer = ? AND position > ? AND state = 'applied'`;

/** No peer has an empty name. */
const FIRST: MirrorPlace = { peer: '', appliedAt: 0, position: 0 };

/** What peers' logs say. */
export class MirrorReader {
  readonly #after: StatementSync;
  readonly #ofReservation: StatementSync;

  constructor(db: DatabaseSync) {
    this.#after = db.prepare(READ_AFTER);
    this.#ofReservation = db.prepare(READ_OF_RESERVATION);
  }

  /** All that ever came, whatever became of it, at most `limit` after a place. */
  after(place: MirrorPlace = FIRST, limit: number): MirrorRow[] {
    const { peer, appliedAt, position } = place;
    return all<MirrorRowColumns>(this.#after, peer, appliedAt, position, limit).map(mirrorRowOf);
  }

  /** The peer that has made a reservation, as its log says. */
  makerOf(reservationId: string): string | undefined {
    for (const row of this.#ofReservation.iterate(reservationId)) {
      const columns = row as EntryColumns;
      if (entryOf(columns).type === 'reserve') return columns.peer;
    }
    return undefined;
  }
}

export class MirrorWriter extends MirrorReader {
  readonly #insert: MultiInsert;
  readonly #supersede: StatementSync;

  constructor(db: DatabaseSync) {
    super(db);
    this.#insert = new MultiInsert(db, INSERT, 8);
    this.#supersede = db.prepare(SUPERSEDE);
  }

  append(rows: readonly MirrorRow[]): void {
    const values = rows.map(mirrorColumns).flatMap((columns) => {
      const { peer, appliedAt, position, sku, location, reservationId, state, entry } = columns;
      return [peer, appliedAt, position, sku, location, reservationId, state, entry];
    });
    this.#insert.run(values);
  }

  supersede({ peer, position }: Superseded): void {
    this.#supersede.run(peer, position);
  }
}
