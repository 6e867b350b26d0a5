import type { DatabaseSync } from 'node:sqlite';
import type { LoggedEvent, Movement } from '../../domain/events.ts';
import type { Link } from '../../domain/links/link.ts';
import { type LevelKey, levelKey } from '../../domain/stock.ts';
import type { MirrorRow } from '../../ledger/books.ts';
import type { DemandRow, Head } from '../../queries/store.ts';
import type { ArchiveWriter, CustomerData, KeptKey } from '../archive.ts';
import { jsonText } from '../rows/catalogue.ts';
import { MultiInsert } from './multiInsert.ts';
import type { Restoring } from './restoring.ts';
import { prepareTables, type Tables } from './tables.ts';

const INSERT_CUSTOMER_DATA = 'INSERT INTO customer_data (reservation_id, reference, metadata)';
const INSERT_DEMAND = 'INSERT INTO demand (minute, sku, location, requests, units)';

/** How many numbers of levels are remembered, about 200 bytes each. */
const LEVELS_REMEMBERED_MAX = 100_000;

/** Writes what was dumped, each call in a transaction of its own. */
export class SqliteArchiveWriter implements ArchiveWriter {
  readonly #restoring: Restoring;
  readonly #tables: Tables;
  readonly #customerData: MultiInsert;
  readonly #demand: MultiInsert;
  readonly #levelIds = new Map<LevelKey, number>();

  constructor(db: DatabaseSync, restoring: Restoring) {
    this.#restoring = restoring;
    this.#tables = prepareTables(db);
    this.#customerData = new MultiInsert(db, INSERT_CUSTOMER_DATA, 3);
    this.#demand = new MultiInsert(db, INSERT_DEMAND, 5);
  }

  async putEvents(events: readonly LoggedEvent[]): Promise<void> {
    this.#restoring.piece(() => {
      for (const moment of moments(events)) this.#append(moment);
    });
  }

  async putCustomerData(rows: readonly CustomerData[]): Promise<void> {
    const values = rows.flatMap(({ reservationId, reference, metadata }) => {
      return [reservationId, reference, jsonText(metadata)];
    });
    this.#restoring.piece(() => this.#customerData.run(values));
  }

  async putKeys(keys: readonly KeptKey[]): Promise<void> {
    this.#restoring.piece(() => {
      for (const key of keys) this.#tables.keys.insert(key, key.stamp);
    });
  }

  async putDemand(rows: readonly DemandRow[]): Promise<void> {
    const values = rows.flatMap(({ minute, sku, location, requests, units }) => {
      return [minute, sku, location, requests, units];
    });
    this.#restoring.piece(() => this.#demand.run(values));
  }

  async putLinks(links: readonly Link[]): Promise<void> {
    this.#restoring.piece(() => {
      for (const link of links) this.#tables.links.put(link);
    });
  }

  async putMirror(rows: readonly MirrorRow[]): Promise<void> {
    this.#restoring.piece(() => this.#tables.mirror.append(rows));
  }

  /** The times before it are found in the log by the rebuild. */
  async putHead(head: Head): Promise<void> {
    if (head.time > 0) this.#restoring.piece(() => this.#tables.head.advance(head));
  }

  #append(events: readonly LoggedEvent[]): void {
    const [first] = events;
    if (first === undefined) return;
    const stamp = { firstPosition: first.position, time: first.time };
    this.#tables.events.append(events, stamp, (movement) => this.#levelId(movement));
  }

  #levelId({ sku, location }: Movement): number {
    const key = levelKey(sku, location);
    const known = this.#levelIds.get(key);
    if (known !== undefined) return known;
    const id = this.#tables.levels.numberFor(sku, location);
    if (this.#levelIds.size >= LEVELS_REMEMBERED_MAX) this.#levelIds.clear();
    this.#levelIds.set(key, id);
    return id;
  }
}

/** Events of one time stand together in the log. */
function* moments(events: readonly LoggedEvent[]): Generator<readonly LoggedEvent[]> {
  let begin = 0;
  for (const [index, { time }] of events.entries()) {
    if (time === events[begin]?.time) continue;
    yield events.slice(begin, index);
    begin = index;
  }
  yield events.slice(begin);
}
