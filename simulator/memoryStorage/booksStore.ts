import type { Location, Product } from '../../src/domain/catalogue.ts';
import type { LoggedEvent } from '../../src/domain/events.ts';
import type { Link } from '../../src/domain/links/link.ts';
import { type Share, shareKey } from '../../src/domain/links/share.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import { levelKey } from '../../src/domain/stock.ts';
import type { Transfer } from '../../src/domain/transfer.ts';
import type {
  BookCounts,
  Books,
  BooksStore,
  BooksWriter,
  HoldPlace,
  LevelRow,
  MirrorPlace,
  MirrorRow,
  RebuiltBooks,
} from '../../src/ledger/books.ts';
import type { ShareName } from '../../src/ledger/store.ts';
import { eventsAfter, positionAt } from './log.ts';
import { mirrorAfter } from './mirror.ts';
import { pageOf } from './order.ts';
import { copyTables, emptyTables, type Tables } from './tables.ts';
import type { TurnTaker } from './turns.ts';
import { putReservation } from './write.ts';

export class MemoryBooksStore implements BooksStore {
  readonly #tables: Tables;
  readonly #turns: TurnTaker;

  constructor(tables: Tables, turns: TurnTaker) {
    this.#tables = tables;
    this.#turns = turns;
  }

  inspect<T>(work: (books: Books) => Promise<T>): Promise<T> {
    return work(new MemoryBooks(copyTables(this.#tables)));
  }

  rebuild<T>(work: (books: RebuiltBooks, writer: BooksWriter) => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      const { levels, holds, transfers, products, locations, shares } = emptyTables('');
      const { reservations } = this.#tables;
      const made = { levels, holds, transfers, products, locations, shares };
      const fresh = { ...this.#tables, ...made, reservations: new Map() };
      const result = await work(new MemoryBooks(fresh), new MemoryWriter(fresh, reservations));
      Object.assign(this.#tables, fresh);
      return result;
    });
  }
}

class MemoryBooks implements Books {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async events(after: number, limit: number): Promise<readonly LoggedEvent[]> {
    return eventsAfter(this.#tables.events, after, limit);
  }

  async level(sku: string, location: string): Promise<LevelRow | undefined> {
    return this.#tables.levels.get(levelKey(sku, location));
  }

  async positionAt(time: number): Promise<number> {
    return positionAt(this.#tables.events, time);
  }

  async heldUnits(sku: string, location: string): Promise<number> {
    const holds = this.#tables.holds.get(levelKey(sku, location))?.values() ?? [];
    return [...holds].reduce((units, hold) => units + hold.quantity, 0);
  }

  async hold({ sku, location, reservationId, expiresAt }: HoldPlace): Promise<number | undefined> {
    const hold = this.#tables.holds.get(levelKey(sku, location))?.get(reservationId);
    return hold?.expiresAt === expiresAt ? hold.quantity : undefined;
  }

  async reservation(id: string): Promise<Reservation | undefined> {
    return this.#tables.reservations.get(id);
  }

  async transfer(id: string): Promise<Transfer | undefined> {
    return this.#tables.transfers.get(id);
  }

  async product(sku: string): Promise<Product | undefined> {
    return this.#tables.products.get(sku);
  }

  async location(location: string): Promise<Location | undefined> {
    return this.#tables.locations.get(location);
  }

  async share({ peer, sku, location }: ShareName): Promise<Share | undefined> {
    return this.#tables.shares.get(shareKey(peer, sku, location));
  }

  async links(): Promise<readonly Link[]> {
    return pageOf(this.#tables.links.values(), ({ peer }) => [peer], undefined, Infinity);
  }

  async mirror(after: MirrorPlace | undefined, limit: number): Promise<readonly MirrorRow[]> {
    return mirrorAfter(this.#tables, after, limit);
  }

  async counts(): Promise<BookCounts> {
    const { head, events, levels, reservations, holds, transfers, products, locations, shares } =
      this.#tables;
    return {
      head: head.position,
      events: events.length,
      levels: levels.size,
      reservations: reservations.size,
      holds: [...holds.values()].reduce((count, ofLevel) => count + ofLevel.size, 0),
      transfers: transfers.size,
      products: products.size,
      locations: locations.size,
      shares: shares.size,
    };
  }
}

class MemoryWriter implements BooksWriter {
  readonly #tables: Tables;
  readonly #before: ReadonlyMap<string, Reservation>;

  /** @param before the reservations as they stood: reference and metadata are taken from them */
  constructor(tables: Tables, before: ReadonlyMap<string, Reservation>) {
    this.#tables = tables;
    this.#before = before;
  }

  async putLevels(levels: readonly LevelRow[]): Promise<void> {
    for (const level of levels) {
      this.#tables.levels.set(levelKey(level.sku, level.location), level);
    }
  }

  async putReservations(reservations: readonly Reservation[]): Promise<void> {
    for (const reservation of reservations) {
      const { reference = null, metadata = null } = this.#before.get(reservation.id) ?? {};
      putReservation(this.#tables, { ...reservation, reference, metadata });
    }
  }

  async putTransfers(transfers: readonly Transfer[]): Promise<void> {
    for (const transfer of transfers) this.#tables.transfers.set(transfer.id, transfer);
  }

  async putProducts(products: readonly Product[]): Promise<void> {
    for (const product of products) this.#tables.products.set(product.sku, product);
  }

  async putLocations(locations: readonly Location[]): Promise<void> {
    for (const location of locations) this.#tables.locations.set(location.location, location);
  }

  async putShares(shares: readonly Share[]): Promise<void> {
    for (const share of shares) {
      this.#tables.shares.set(shareKey(share.peer, share.sku, share.location), share);
    }
  }
}
