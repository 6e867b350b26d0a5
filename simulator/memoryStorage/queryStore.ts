import type { Location, Product } from '../../src/domain/catalogue.ts';
import { isMovement, type LoggedEvent, type Movement } from '../../src/domain/events.ts';
import type { Link } from '../../src/domain/links/link.ts';
import type { Share } from '../../src/domain/links/share.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import { levelKey } from '../../src/domain/stock.ts';
import type { Transfer } from '../../src/domain/transfer.ts';
import type { LevelRow } from '../../src/ledger/books.ts';
import type { ShareName } from '../../src/ledger/store.ts';
import type {
  DemandPage,
  DemandRow,
  EventFilter,
  EventPage,
  EventSlice,
  Head,
  Hold,
  HoldPage,
  LevelPage,
  LocationPage,
  MirroredEntry,
  MirrorHead,
  MirrorPage,
  ProductPage,
  QueryStore,
  ReservationPage,
  SharePage,
  Stamped,
  StatementPage,
  TransferPage,
} from '../../src/queries/store.ts';
import { eventsAfter, positionAt } from './log.ts';
import { pageOf } from './order.ts';
import type { MirrorRow, Tables } from './tables.ts';

/** Reads by looking at every row: plain rather than fast. */
export class MemoryQueryStore implements QueryStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async head(): Promise<Head> {
    return { ...this.#tables.head };
  }

  async positionAt(time: number): Promise<number> {
    return positionAt(this.#tables.events, time);
  }

  async level(sku: string, location: string): Promise<LevelRow | undefined> {
    return this.#tables.levels.get(levelKey(sku, location));
  }

  async levelAt(sku: string, location: string, position: number): Promise<LevelRow | undefined> {
    const movement = this.#tables.events
      .filter((event) => isMovement(event))
      .findLast(
        (event) => event.position <= position && event.sku === sku && event.location === location,
      );
    return movement && levelAfter(movement);
  }

  async levels(page: LevelPage): Promise<readonly LevelRow[]> {
    const { skus, location, position, after, limit } = page;
    const rows = position === undefined ? this.#tables.levels.values() : this.#levelsAt(position);
    const wanted = [...rows].filter(
      (level) =>
        (skus === undefined || skus.includes(level.sku)) &&
        (location === undefined || level.location === location),
    );
    return pageOf(wanted, levelOrder, after && levelOrder(after), limit);
  }

  #levelsAt(position: number): Iterable<LevelRow> {
    const levels = new Map<string, LevelRow>();
    for (const event of this.#tables.events) {
      if (event.position > position) break;
      if (isMovement(event)) levels.set(levelKey(event.sku, event.location), levelAfter(event));
    }
    return levels.values();
  }

  async statement(page: StatementPage): Promise<readonly (Movement & Stamped)[]> {
    const { sku, location, after, newestFirst, limit } = page;
    const movements = this.#tables.events
      .filter((event) => isMovement(event))
      .filter((event) => event.sku === sku && event.location === location);
    if (newestFirst === true) movements.reverse();
    const isPast = ({ position }: Stamped) =>
      after === undefined || (newestFirst === true ? position < after : position > after);
    return movements.filter(isPast).slice(0, limit);
  }

  async holds({ sku, location, after, limit }: HoldPage): Promise<readonly Hold[]> {
    const holds = this.#tables.holds.get(levelKey(sku, location))?.values() ?? [];
    const order = (hold: { expiresAt: number; reservationId: string }) => [
      hold.expiresAt,
      hold.reservationId,
    ];
    return pageOf(holds, order, after && order(after), limit);
  }

  async events({ after, limit, ...filter }: EventPage): Promise<EventSlice> {
    const later = eventsAfter(this.#tables.events, after, Number.POSITIVE_INFINITY);
    const events = later.filter((event) => matches(event, filter)).slice(0, limit);
    const last = events.length < limit ? later.at(-1) : events.at(-1);
    return { events, scanned: last?.position ?? after };
  }

  async reservation(id: string): Promise<Reservation | undefined> {
    return this.#tables.reservations.get(id);
  }

  async reservations(page: ReservationPage): Promise<readonly Reservation[]> {
    const { status, reference, after, limit } = page;
    const wanted = [...this.#tables.reservations.values()].filter(
      (row) =>
        (status === undefined || row.status === status) &&
        (reference === undefined || row.reference === reference),
    );
    const order = (row: { expiresAt: number; id: string }) =>
      status === undefined ? [row.id] : [row.expiresAt, row.id];
    return pageOf(wanted, order, after && order(after), limit);
  }

  async transfer(id: string): Promise<Transfer | undefined> {
    return this.#tables.transfers.get(id);
  }

  async transfers({ status, after, limit }: TransferPage): Promise<readonly Transfer[]> {
    const wanted = [...this.#tables.transfers.values()].filter(
      (row) => status === undefined || row.status === status,
    );
    return pageOf(wanted, ({ id }) => [id], listed(after), limit);
  }

  async product(sku: string): Promise<Product | undefined> {
    return this.#tables.products.get(sku);
  }

  async products({ query, after, limit }: ProductPage): Promise<readonly Product[]> {
    const wanted = [...this.#tables.products.values()].filter(({ sku, name }) =>
      found(query, sku, name),
    );
    return pageOf(wanted, ({ sku }) => [sku], listed(after), limit);
  }

  async location(location: string): Promise<Location | undefined> {
    return this.#tables.locations.get(location);
  }

  async locations({ query, after, limit }: LocationPage): Promise<readonly Location[]> {
    const wanted = [...this.#tables.locations.values()].filter(({ location, name }) =>
      found(query, location, name),
    );
    return pageOf(wanted, ({ location }) => [location], listed(after), limit);
  }

  async demand(page: DemandPage): Promise<readonly DemandRow[]> {
    const { sku, location, from, to, after, limit } = page;
    const wanted = [...this.#tables.demand.values()].filter(
      (row) =>
        (sku === undefined || row.sku === sku) &&
        (location === undefined || row.location === location) &&
        (from === undefined || row.minute >= from) &&
        (to === undefined || row.minute < to),
    );
    const order = (row: { minute: number; sku: string; location: string }) => [
      row.minute,
      row.sku,
      row.location,
    ];
    return pageOf(wanted, order, after && order(after), limit);
  }

  async link(peer: string): Promise<Link | undefined> {
    return this.#tables.links.get(peer);
  }

  async links(): Promise<readonly Link[]> {
    return pageOf(this.#tables.links.values(), ({ peer }) => [peer], undefined, Infinity);
  }

  async shares({ skus, location, peer, after, limit }: SharePage): Promise<readonly Share[]> {
    const wanted = [...this.#tables.shares.values()].filter(
      (share) =>
        (skus === undefined || skus.includes(share.sku)) &&
        (location === undefined || share.location === location) &&
        (peer === undefined || share.peer === peer),
    );
    const order = (share: { sku: string; location: string; peer: string }) => [
      share.sku,
      share.location,
      share.peer,
    ];
    return pageOf(wanted, order, after && order(after), limit);
  }

  async mirrored({ peer, after, limit }: MirrorPage): Promise<readonly LoggedEvent[]> {
    return this.#mirror()
      .filter((row) => row.peer === peer && row.event.position > after)
      .map(({ event }) => event)
      .slice(0, limit);
  }

  async mirroredAt(share: ShareName, position: number): Promise<LoggedEvent | undefined> {
    const { peer, sku, location } = share;
    return this.#mirror().findLast(
      ({ event, appliedAt, ...row }) =>
        row.peer === peer &&
        appliedAt <= position &&
        isMovement(event) &&
        event.sku === sku &&
        event.location === location,
    )?.event;
  }

  async mirrorsAt(position: number, peers?: readonly string[]): Promise<readonly MirrorHead[]> {
    const heads = new Map<string, MirrorHead>();
    for (const { peer, event, appliedAt } of this.#mirror()) {
      if (appliedAt > position || peers?.includes(peer) === false) continue;
      heads.set(peer, { peer, position: event.position, time: event.time });
    }
    return pageOf(heads.values(), ({ peer }) => [peer], undefined, Infinity);
  }

  async mirroredReservation(id: string): Promise<readonly MirroredEntry[]> {
    const rows = this.#mirror()
      .filter(({ event }) => event.reservationId === id)
      .map(({ peer, event }) => ({ peer, event }));
    return pageOf(rows, ({ peer, event }) => [peer, event.position], undefined, Infinity);
  }

  #mirror(): MirrorRow[] {
    return this.#tables.mirror.filter(({ applied, superseded }) => applied && !superseded);
  }

  async close(): Promise<void> {}
}

function levelOrder({ sku, location }: { sku: string; location: string }): string[] {
  return [sku, location];
}

function listed(after: string | undefined): string[] | undefined {
  return after === undefined ? undefined : [after];
}

function levelAfter({ sku, location, balances, version, time }: Movement & Stamped): LevelRow {
  return { sku, location, ...balances, version, updatedAt: time };
}

function matches(event: LoggedEvent, filter: EventFilter): boolean {
  const { sku, location, types, orNotice } = filter;
  if (orNotice === true && !isMovement(event)) return true;
  return (
    (sku === undefined || event.sku === sku) &&
    (location === undefined || event.location === location) &&
    (types === undefined || types.includes(event.type))
  );
}

function found(query: string | undefined, ...texts: readonly string[]): boolean {
  if (query === undefined) return true;
  return texts.some((text) => text.toLowerCase().includes(query.toLowerCase()));
}
