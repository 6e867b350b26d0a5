import type { DatabaseSync } from 'node:sqlite';
import type { Location, Product } from '../../domain/catalogue.ts';
import type { Movement } from '../../domain/events.ts';
import type { Reservation } from '../../domain/reservation.ts';
import type { Transfer } from '../../domain/transfer.ts';
import type { LevelRow } from '../../ledger/books.ts';
import type {
  DemandPage,
  DemandRow,
  EventPage,
  EventSlice,
  Head,
  Hold,
  HoldPage,
  LevelPage,
  LocationPage,
  ProductPage,
  QueryStore,
  ReservationPage,
  Stamped,
  StatementPage,
  TransferPage,
} from '../../queries/store.ts';
import { translating } from './errors.ts';
import { HeadReader } from './head.ts';
import { CatalogueQueries } from './queryCatalogue.ts';
import { DemandQueries } from './queryDemand.ts';
import { EventQueries } from './queryEvents.ts';
import { LevelQueries } from './queryLevels.ts';
import { ReservationQueries } from './queryReservations.ts';
import { TransferQueries } from './queryTransfers.ts';
import { ReadGroup } from './readGroup.ts';

/** The read side, on a connection of its own: each member is one look at what is committed. */
export class SqliteQueryStore implements QueryStore {
  readonly #db: DatabaseSync;
  readonly #group: ReadGroup;
  readonly #head: HeadReader;
  readonly #levels: LevelQueries;
  readonly #events: EventQueries;
  readonly #reservations: ReservationQueries;
  readonly #transfers: TransferQueries;
  readonly #catalogue: CatalogueQueries;
  readonly #demand: DemandQueries;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#group = new ReadGroup(db);
    this.#head = new HeadReader(db);
    this.#levels = new LevelQueries(db);
    this.#events = new EventQueries(db, this.#head);
    this.#reservations = new ReservationQueries(db);
    this.#transfers = new TransferQueries(db);
    this.#catalogue = new CatalogueQueries(db);
    this.#demand = new DemandQueries(db);
  }

  async head(): Promise<Head> {
    return translating(() => this.#head.head());
  }

  async positionAt(time: number): Promise<number> {
    return translating(() => this.#head.positionAt(time));
  }

  /** The busiest read of all. */
  level(sku: string, location: string): Promise<LevelRow | undefined> {
    return this.#group.read(() => this.#levels.level(sku, location));
  }

  async levelAt(sku: string, location: string, position: number): Promise<LevelRow | undefined> {
    return translating(() => this.#levels.levelAt(sku, location, position));
  }

  async levels(page: LevelPage): Promise<readonly LevelRow[]> {
    return translating(() => this.#levels.levels(page));
  }

  async statement(page: StatementPage): Promise<readonly (Movement & Stamped)[]> {
    return translating(() => this.#events.statement(page));
  }

  async holds(page: HoldPage): Promise<readonly Hold[]> {
    return translating(() => this.#levels.holds(page));
  }

  async events(page: EventPage): Promise<EventSlice> {
    return translating(() => this.#events.events(page));
  }

  async reservation(id: string): Promise<Reservation | undefined> {
    return translating(() => this.#reservations.reservation(id));
  }

  async reservations(page: ReservationPage): Promise<readonly Reservation[]> {
    return translating(() => this.#reservations.reservations(page));
  }

  async transfer(id: string): Promise<Transfer | undefined> {
    return translating(() => this.#transfers.transfer(id));
  }

  async transfers(page: TransferPage): Promise<readonly Transfer[]> {
    return translating(() => this.#transfers.transfers(page));
  }

  async product(sku: string): Promise<Product | undefined> {
    return translating(() => this.#catalogue.product(sku));
  }

  async products(page: ProductPage): Promise<readonly Product[]> {
    return translating(() => this.#catalogue.products(page));
  }

  async location(location: string): Promise<Location | undefined> {
    return translating(() => this.#catalogue.location(location));
  }

  async locations(page: LocationPage): Promise<readonly Location[]> {
    return translating(() => this.#catalogue.locations(page));
  }

  async demand(page: DemandPage): Promise<readonly DemandRow[]> {
    return translating(() => this.#demand.demand(page));
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
  }
}
