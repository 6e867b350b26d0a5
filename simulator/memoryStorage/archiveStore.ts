import type { LoggedEvent } from '../../src/domain/events.ts';
import type { Link } from '../../src/domain/links/link.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import { levelKey } from '../../src/domain/stock.ts';
import type { MirrorRow } from '../../src/ledger/books.ts';
import {
  type FreezeReason,
  LedgerFrozenError,
  StoreUnavailableError,
} from '../../src/ledger/errors.ts';
import type { Clock } from '../../src/ledger/ports.ts';
import { idempotencyMapKey } from '../../src/ledger/store.ts';
import type { DemandRow, Head } from '../../src/queries/store.ts';
import type {
  Archive,
  ArchiveStore,
  ArchiveWriter,
  CustomerData,
  Freeze,
  KeptKey,
} from '../../src/storage/archive.ts';
import { DatabaseRefusedError } from '../../src/storage/refused.ts';
import { eventsAfter } from './log.ts';
import { keepMirrored, mirrorAfter } from './mirror.ts';
import { compareParts, pageOf } from './order.ts';
import { copyTables, emptyTables, type Tables } from './tables.ts';
import type { TurnTaker } from './turns.ts';

const PAGE_ROWS = 1_000;

export class MemoryArchiveStore implements ArchiveStore {
  readonly #tables: Tables;
  readonly #clock: Clock;
  readonly #turns: TurnTaker;

  constructor(tables: Tables, clock: Clock, turns: TurnTaker) {
    this.#tables = tables;
    this.#clock = clock;
    this.#turns = turns;
  }

  async frozen(): Promise<Freeze | null> {
    return this.#tables.freeze;
  }

  freeze(reason: FreezeReason): Promise<Freeze> {
    return this.#turns.take(async () => {
      const freeze = this.#tables.freeze ?? { reason, time: this.#clock.now() };
      this.#tables.freeze = freeze;
      return freeze;
    });
  }

  thaw(): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#tables.freeze?.reason === 'restoring') throw new LedgerFrozenError('restoring');
      this.#tables.freeze = null;
    });
  }

  read<T>(work: (archive: Archive) => AsyncIterable<T>): AsyncIterable<T> {
    return work(new MemoryArchive(copyTables(this.#tables)));
  }

  async restore(work: (writer: ArchiveWriter) => Promise<FreezeReason | null>): Promise<void> {
    const ours = await this.#turns.take(async () => this.#begin());
    try {
      const reason = await work(new MemoryArchiveWriter(this.#tables, ours));
      assertOurs(this.#tables, ours);
      this.#tables.freeze = reason && { reason, time: this.#clock.now() };
      // What was dumped may be old.
      if (this.#tables.links.size > 0) this.#tables.incarnation += 1;
    } catch (error) {
      if (this.#tables.freeze === ours) this.#empty(null);
      throw error;
    }
  }

  #begin(): Freeze {
    const { events, keys, demand, links, freeze: before } = this.#tables;
    const holdsNothing = events.length + keys.size + demand.size + links.size === 0;
    if (before?.reason !== 'restoring' && !holdsNothing) {
      throw new DatabaseRefusedError('the storage holds a ledger already');
    }
    const freeze: Freeze = { reason: 'restoring', time: this.#clock.now() };
    this.#empty(freeze);
    return freeze;
  }

  #empty(freeze: Freeze | null): void {
    const { node, incarnation } = this.#tables;
    Object.assign(this.#tables, { ...emptyTables(node), incarnation, freeze });
  }
}

function assertOurs({ freeze }: Tables, ours: Freeze): void {
  if (freeze !== ours) throw new StoreUnavailableError('another restore has taken over');
}

class MemoryArchive implements Archive {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async head(): Promise<Head> {
    return this.#tables.head;
  }

  events(after: number): AsyncIterable<readonly LoggedEvent[]> {
    return pages(eventsAfter(this.#tables.events, after, Number.POSITIVE_INFINITY));
  }

  customerData(): AsyncIterable<readonly CustomerData[]> {
    const rows = [...this.#tables.reservations.values()]
      .filter(({ reference, metadata }) => reference !== null || metadata !== null)
      .map(({ id: reservationId, reference, metadata }) => ({ reservationId, reference, metadata }))
      .sort((a, b) => compareParts([a.reservationId], [b.reservationId]));
    return pages(rows);
  }

  keys(): AsyncIterable<readonly KeptKey[]> {
    const place = ({ stamp, actor, key }: KeptKey) => [stamp.time, actor, key];
    const rows = [...this.#tables.keys.values()]
      .flatMap((record) => (record.stamp === null ? [] : [{ ...record, stamp: record.stamp }]))
      .sort((a, b) => compareParts(place(a), place(b)));
    return pages(rows);
  }

  demand(): AsyncIterable<readonly DemandRow[]> {
    const place = ({ minute, sku, location }: DemandRow) => [minute, sku, location];
    const rows = [...this.#tables.demand.values()];
    return pages(rows.sort((a, b) => compareParts(place(a), place(b))));
  }

  links(): AsyncIterable<readonly Link[]> {
    return pages(pageOf(this.#tables.links.values(), ({ peer }) => [peer], undefined, Infinity));
  }

  mirror(): AsyncIterable<readonly MirrorRow[]> {
    return pages(mirrorAfter(this.#tables, undefined, Infinity));
  }
}

async function* pages<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  for (let from = 0; from < rows.length; from += PAGE_ROWS)
    yield rows.slice(from, from + PAGE_ROWS);
}

class MemoryArchiveWriter implements ArchiveWriter {
  readonly #tables: Tables;
  readonly #ours: Freeze;

  constructor(tables: Tables, ours: Freeze) {
    this.#tables = tables;
    this.#ours = ours;
  }

  async putEvents(events: readonly LoggedEvent[]): Promise<void> {
    assertOurs(this.#tables, this.#ours);
    this.#tables.events.push(...events);
  }

  async putCustomerData(rows: readonly CustomerData[]): Promise<void> {
    assertOurs(this.#tables, this.#ours);
    for (const row of rows) this.#tables.reservations.set(row.reservationId, placeFor(row));
  }

  async putKeys(keys: readonly KeptKey[]): Promise<void> {
    assertOurs(this.#tables, this.#ours);
    for (const key of keys) this.#tables.keys.set(idempotencyMapKey(key), key);
  }

  async putDemand(rows: readonly DemandRow[]): Promise<void> {
    assertOurs(this.#tables, this.#ours);
    for (const row of rows) {
      this.#tables.demand.set(`${row.minute}\u0000${levelKey(row.sku, row.location)}`, row);
    }
  }

  async putLinks(links: readonly Link[]): Promise<void> {
    assertOurs(this.#tables, this.#ours);
    for (const link of links) this.#tables.links.set(link.peer, link);
  }

  async putMirror(rows: readonly MirrorRow[]): Promise<void> {
    assertOurs(this.#tables, this.#ours);
    for (const row of rows) this.#tables.mirror.push(keepMirrored(row));
  }

  async putHead(head: Head): Promise<void> {
    assertOurs(this.#tables, this.#ours);
    this.#tables.head = head;
  }
}

/** Holds the customer data until the rebuild makes the reservation, which keeps nothing else of it. */
function placeFor({ reservationId: id, reference, metadata }: CustomerData): Reservation {
  const times = { ttlSeconds: 0, expiresAt: 0, createdAt: 0, updatedAt: 0 };
  return { id, status: 'held', lines: [], ...times, createdBy: '', reference, metadata };
}
