import type { DatabaseSync } from 'node:sqlite';
import type { Location, Product } from '../../domain/catalogue.ts';
import type { LoggedEvent, Movement } from '../../domain/events.ts';
import type { Link } from '../../domain/links/link.ts';
import type { Share } from '../../domain/links/share.ts';
import type { Reservation } from '../../domain/reservation.ts';
import type { Transfer } from '../../domain/transfer.ts';
import type { LevelRow } from '../../ledger/books.ts';
import type { ShareName } from '../../ledger/store.ts';
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
} from '../../queries/store.ts';
import { compareBytes } from '../rows/bytes.ts';
import { translating } from './errors.ts';
import { HeadReader } from './head.ts';
import { LinkReader } from './links.ts';
import { CatalogueQueries } from './queryCatalogue.ts';
import { DemandQueries } from './queryDemand.ts';
import { EventQueries } from './queryEvents.ts';
import { LevelQueries } from './queryLevels.ts';
import { MirrorQueries } from './queryMirror.ts';
import { ReservationQueries } from './queryReservations.ts';
import { ShareQueries } from './queryShares.ts';
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
  readonly #links: LinkReader;
  readonly #shares: ShareQueries;
  readonly #mirror: MirrorQueries;

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
    this.#links = new LinkReader(db);
    this.#shares = new ShareQueries(db);
    this.#mirror = new MirrorQueries(db);
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

  async link(peer: string): Promise<Link | undefined> {
    return translating(() => this.#links.byPeer(peer));
  }

  async links(): Promise<readonly Link[]> {
    return translating(() => this.#links.all());
  }

  async shares(page: SharePage): Promise<readonly Share[]> {
    return translating(() => this.#shares.shares(page));
  }

  async mirrored(page: MirrorPage): Promise<readonly LoggedEvent[]> {
    return translating(() => this.#mirror.mirrored(page));
  }

  async mirroredAt(share: ShareName, position: number): Promise<LoggedEvent | undefined> {
    return translating(() => this.#mirror.mirroredAt(share, position));
  }

  /** Nothing is mirrored but from the other end of a link. */
  async mirrorsAt(position: number, peers?: readonly string[]): Promise<readonly MirrorHead[]> {
    return translating(() => {
      const names = peers ? [...new Set(peers)].sort(compareBytes) : this.#links.peers();
      return names.flatMap((peer) => this.#mirror.headAt(peer, position) ?? []);
    });
  }

  async mirroredReservation(id: string): Promise<readonly MirroredEntry[]> {
    return translating(() => this.#mirror.mirroredReservation(id));
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
  }
}
