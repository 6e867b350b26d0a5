import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LoggedEvent } from '../../domain/events.ts';
import type { ShareName } from '../../ledger/store.ts';
import type { MirroredEntry, MirrorHead, MirrorPage } from '../../queries/store.ts';
import { type EntryColumns, entryOf } from '../rows/links.ts';
import { READ_OF_RESERVATION } from './mirror.ts';
import { all, one } from './statement.ts';

const READ_PAGE = `
  SELECT entry FROM mirror WHERE peer = ? AND position > ? AND state = 'applied'
  ORDER BY position LIMIT ?`;
const READ_AT = `
  SELECT entry FROM mirror
  WHERE sku = ? AND location = ? AND peer = ? AND applied_at <= ? AND state = 'applied'
  ORDER BY applied_at DESC, position DESC LIMIT 1`;
const READ_HEAD_AT = `
  SELECT entry FROM mirror WHERE peer = ? AND applied_at <= ? AND state = 'applied'
  ORDER BY applied_at DESC, position DESC LIMIT 1`;

type Entry = Pick<EntryColumns, 'entry'>;

/** What peers' logs say, as far as it counts. */
export class MirrorQueries {
  readonly #page: StatementSync;
  readonly #at: StatementSync;
  readonly #headAt: StatementSync;
  readonly #ofReservation: StatementSync;

  constructor(db: DatabaseSync) {
    this.#page = db.prepare(READ_PAGE);
    this.#at = db.prepare(READ_AT);
    this.#headAt = db.prepare(READ_HEAD_AT);
    this.#ofReservation = db.prepare(READ_OF_RESERVATION);
  }

  mirrored({ peer, after, limit }: MirrorPage): LoggedEvent[] {
    return all<Entry>(this.#page, peer, after, limit).map(entryOf);
  }

  mirroredAt({ peer, sku, location }: ShareName, position: number): LoggedEvent | undefined {
    const columns = one<Entry>(this.#at, sku, location, peer, position);
    return columns && entryOf(columns);
  }

  headAt(peer: string, position: number): MirrorHead | undefined {
    const columns = one<Entry>(this.#headAt, peer, position);
    if (!columns) return undefined;
    const { position: newest, time } = entryOf(columns);
    return { peer, position: newest, time };
  }

  mirroredReservation(id: string): MirroredEntry[] {
    const columns = all<EntryColumns>(this.#ofReservation, id);
    return columns.map((row) => ({ peer: row.peer, event: entryOf(row) }));
  }
}
