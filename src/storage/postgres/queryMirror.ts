import type { LoggedEvent } from '../../domain/events.ts';
import type { ShareName } from '../../ledger/store.ts';
import type { MirroredEntry, MirrorHead, MirrorPage } from '../../queries/store.ts';
import { compareBytes } from '../rows/bytes.ts';
import { type EntryColumns, entryOf } from '../rows/links.ts';
import { one, type Runner, statement } from './statement.ts';

type Entry = Pick<EntryColumns, 'entry'>;

const READ_PAGE = statement<Entry>(
  'mirrored',
  `SELECT entry FROM mirror WHERE peer = $1 AND position > $2 AND state = 'applied'
  ORDER BY position LIMIT $3`,
);
const READ_AT = statement<Entry>(
  'mirrored_at',
  `SELECT entry FROM mirror
  WHERE sku = $1 AND location = $2 AND peer = $3 AND applied_at <= $4 AND state = 'applied'
  ORDER BY applied_at DESC, position DESC LIMIT 1`,
);
const READ_HEADS_AT = statement<EntryColumns>(
  'mirrors_at',
  `SELECT links.peer, newest.entry FROM links CROSS JOIN LATERAL (
    SELECT entry FROM mirror
    WHERE mirror.peer = links.peer AND applied_at <= $1 AND state = 'applied'
    ORDER BY applied_at DESC, position DESC LIMIT 1
  ) AS newest
  ORDER BY links.peer`,
);
const READ_HEADS_OF = statement<EntryColumns>(
  'mirrors_of',
  `SELECT wanted.peer, newest.entry FROM unnest($2::text[]) AS wanted (peer) CROSS JOIN LATERAL (
    SELECT entry FROM mirror
    WHERE mirror.peer = wanted.peer AND applied_at <= $1 AND state = 'applied'
    ORDER BY applied_at DESC, position DESC LIMIT 1
  ) AS newest`,
);
const READ_OF_RESERVATION = statement<EntryColumns>(
  'mirrored_reservation',
  `SELECT peer, entry FROM mirror WHERE reservation_id = $1 AND state = 'applied'
  ORDER BY peer, position`,
);

/** What peers' logs say, as far as it counts. */
export class MirrorQueries {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async mirrored({ peer, after, limit }: MirrorPage): Promise<LoggedEvent[]> {
    return (await this.#runner.run(READ_PAGE, [peer, after, limit])).map(entryOf);
  }

  async mirroredAt(share: ShareName, position: number): Promise<LoggedEvent | undefined> {
    const { peer, sku, location } = share;
    const columns = await one(this.#runner, READ_AT, [sku, location, peer, position]);
    return columns && entryOf(columns);
  }

  async mirrorsAt(position: number, peers?: readonly string[]): Promise<MirrorHead[]> {
    const rows = await this.#newest(position, peers);
    return rows.map((columns) => {
      const { position: newest, time } = entryOf(columns);
      return { peer: columns.peer, position: newest, time };
    });
  }

  /** By peer. */
  async #newest(position: number, peers: readonly string[] | undefined): Promise<EntryColumns[]> {
    if (peers === undefined) return this.#runner.run(READ_HEADS_AT, [position]);
    const rows = await this.#runner.run(READ_HEADS_OF, [position, [...new Set(peers)]]);
    return rows.sort((one, other) => compareBytes(one.peer, other.peer));
  }

  async mirroredReservation(id: string): Promise<MirroredEntry[]> {
    const rows = await this.#runner.run(READ_OF_RESERVATION, [id]);
    return rows.map((columns) => ({ peer: columns.peer, event: entryOf(columns) }));
  }
}
