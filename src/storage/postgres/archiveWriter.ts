import { isMovement, type LoggedEvent } from '../../domain/events.ts';
import { invariant } from '../../domain/invariant.ts';
import type { Link } from '../../domain/links/link.ts';
import { type LevelKey, levelKey } from '../../domain/stock.ts';
import type { MirrorRow } from '../../ledger/books.ts';
import type { DemandRow, Head } from '../../queries/store.ts';
import type { ArchiveWriter, CustomerData, KeptKey } from '../archive.ts';
import { jsonText } from '../rows/catalogue.ts';
import { linkColumns, mirrorColumns } from '../rows/links.ts';
import { numbers, numbersOrNull, texts } from './arrays.ts';
import type { Restoring } from './restoring.ts';
import { type Runner, statement } from './statement.ts';

const NUMBER_LEVELS = statement<{ id: number; sku: string; location: string }>(
  'archive_number_levels',
  `WITH wanted AS (
    SELECT DISTINCT sku COLLATE "C" AS sku, location COLLATE "C" AS location
    FROM unnest($1::text[], $2::text[]) AS wanted (sku, location)
  ), made AS (
    INSERT INTO level_ids (sku, location) SELECT sku, location FROM wanted ORDER BY sku, location
    ON CONFLICT DO NOTHING RETURNING id, sku, location
  )
  SELECT id, sku, location FROM made
  UNION ALL
  SELECT id, sku, location FROM level_ids JOIN wanted USING (sku, location)`,
);
const INSERT_EVENTS = statement(
  'archive_put_events',
  `INSERT INTO events
    (position, time, type, actor, request_id, reservation_id, details, level, version, quantity,
     from_account, to_account, available, reserved, committed, unavailable, sku, location)
  SELECT * FROM unnest(
    $1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::text[], $13::bigint[],
    $14::bigint[], $15::bigint[], $16::bigint[], $17::text[], $18::text[])`,
);
const INSERT_CUSTOMER_DATA = statement(
  'archive_put_customer_data',
  `INSERT INTO customer_data (reservation_id, reference, metadata)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[])`,
);
const INSERT_KEYS = statement(
  'archive_put_keys',
  `INSERT INTO idempotency_keys (actor, key, fingerprint, outcome, first_position, time)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])`,
);
const INSERT_DEMAND = statement(
  'archive_put_demand',
  `INSERT INTO demand (minute, sku, location, requests, units)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])`,
);
const INSERT_LINKS = statement(
  'archive_put_links',
  `INSERT INTO links (peer, peer_role, location, state)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])`,
);
const INSERT_MIRROR = statement(
  'archive_put_mirror',
  `INSERT INTO mirror
    (peer, applied_at, position, sku, location, reservation_id, state, entry)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
    $7::text[], $8::text[])`,
);
const SET_HEAD = statement(
  'archive_put_head',
  'UPDATE log_head SET position = $1, time = $2 WHERE id = 1',
);

/** How many numbers of levels are remembered, about 200 bytes each. */
const LEVELS_REMEMBERED_MAX = 100_000;

/** Writes what was dumped, each call in a transaction of its own. */
export class PostgresArchiveWriter implements ArchiveWriter {
  readonly #runner: Runner;
  readonly #restoring: Restoring;
  readonly #levelIds = new Map<LevelKey, number>();

  constructor(runner: Runner, restoring: Restoring) {
    this.#runner = runner;
    this.#restoring = restoring;
  }

  putEvents(events: readonly LoggedEvent[]): Promise<void> {
    return this.#restoring.piece(async () => {
      await this.#numberLevels(events);
      await this.#runner.run(INSERT_EVENTS, this.#eventColumns(events));
    });
  }

  putCustomerData(rows: readonly CustomerData[]): Promise<void> {
    const columns = [
      texts(rows.map(({ reservationId }) => reservationId)),
      texts(rows.map(({ reference }) => reference)),
      texts(rows.map(({ metadata }) => jsonText(metadata))),
    ];
    return this.#restoring.piece(async () => {
      await this.#runner.run(INSERT_CUSTOMER_DATA, columns);
    });
  }

  putKeys(keys: readonly KeptKey[]): Promise<void> {
    const columns = [
      texts(keys.map(({ actor }) => actor)),
      texts(keys.map(({ key }) => key)),
      texts(keys.map(({ fingerprint }) => fingerprint)),
      texts(keys.map(({ outcome }) => JSON.stringify(outcome))),
      numbers(keys.map(({ stamp }) => stamp.firstPosition)),
      numbers(keys.map(({ stamp }) => stamp.time)),
    ];
    return this.#restoring.piece(async () => {
      await this.#runner.run(INSERT_KEYS, columns);
    });
  }

  putDemand(rows: readonly DemandRow[]): Promise<void> {
    const columns = [
      numbers(rows.map(({ minute }) => minute)),
      texts(rows.map(({ sku }) => sku)),
      texts(rows.map(({ location }) => location)),
      numbers(rows.map(({ requests }) => requests)),
      numbers(rows.map(({ units }) => units)),
    ];
    return this.#restoring.piece(async () => {
      await this.#runner.run(INSERT_DEMAND, columns);
    });
  }

  putLinks(links: readonly Link[]): Promise<void> {
    const rows = links.map(linkColumns);
    const columns = [
      texts(rows.map(({ peer }) => peer)),
      texts(rows.map(({ peerRole }) => peerRole)),
      texts(rows.map(({ location }) => location)),
      texts(rows.map(({ state }) => state)),
    ];
    return this.#restoring.piece(async () => {
      await this.#runner.run(INSERT_LINKS, columns);
    });
  }

  putMirror(entries: readonly MirrorRow[]): Promise<void> {
    const rows = entries.map(mirrorColumns);
    const columns = [
      texts(rows.map(({ peer }) => peer)),
      numbers(rows.map(({ appliedAt }) => appliedAt)),
      numbers(rows.map(({ position }) => position)),
      texts(rows.map(({ sku }) => sku)),
      texts(rows.map(({ location }) => location)),
      texts(rows.map(({ reservationId }) => reservationId)),
      texts(rows.map(({ state }) => state)),
      texts(rows.map(({ entry }) => entry)),
    ];
    return this.#restoring.piece(async () => {
      await this.#runner.run(INSERT_MIRROR, columns);
    });
  }

  /** The times before it are found in the log by the rebuild. */
  putHead({ position, time }: Head): Promise<void> {
    return this.#restoring.piece(async () => {
      await this.#runner.run(SET_HEAD, [position, time]);
    });
  }

  async #numberLevels(events: readonly LoggedEvent[]): Promise<void> {
    if (this.#levelIds.size >= LEVELS_REMEMBERED_MAX) this.#levelIds.clear();
    const unknown = events
      .filter((event) => isMovement(event))
      .filter(({ sku, location }) => !this.#levelIds.has(levelKey(sku, location)));
    if (unknown.length === 0) return;
    const names = [
      texts(unknown.map(({ sku }) => sku)),
      texts(unknown.map(({ location }) => location)),
    ];
    for (const { id, sku, location } of await this.#runner.run(NUMBER_LEVELS, names)) {
      this.#levelIds.set(levelKey(sku, location), id);
    }
  }

  #eventColumns(events: readonly LoggedEvent[]): string[] {
    const movements = events.map((event) => (isMovement(event) ? event : null));
    const balances = movements.map((event) => event?.balances);
    const notices = events.map((event) => (isMovement(event) ? null : event));
    return [
      numbers(events.map(({ position }) => position)),
      numbers(events.map(({ time }) => time)),
      texts(events.map(({ type }) => type)),
      texts(events.map(({ actor }) => actor)),
      texts(events.map(({ requestId }) => requestId)),
      texts(events.map(({ reservationId }) => reservationId)),
      texts(events.map(({ details }) => details && JSON.stringify(details))),
      numbersOrNull(movements.map((event) => event && this.#levelId(event))),
      numbersOrNull(movements.map((event) => event?.version ?? null)),
      numbersOrNull(movements.map((event) => event?.quantity ?? null)),
      texts(movements.map((event) => event?.from ?? null)),
      texts(movements.map((event) => event?.to ?? null)),
      numbersOrNull(balances.map((level) => level?.available ?? null)),
      numbersOrNull(balances.map((level) => level?.reserved ?? null)),
      numbersOrNull(balances.map((level) => level?.committed ?? null)),
      numbersOrNull(balances.map((level) => level?.unavailable ?? null)),
      texts(notices.map((event) => event?.sku ?? null)),
      texts(notices.map((event) => event?.location ?? null)),
    ];
  }

  #levelId({ sku, location }: { readonly sku: string; readonly location: string }): number {
    const id = this.#levelIds.get(levelKey(sku, location));
    invariant(id !== undefined, () => `the level ${sku} at ${location} has a number`);
    return id;
  }
}
