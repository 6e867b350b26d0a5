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
import { HeadReader } from './head.ts';
import type { NamesRunner } from './levelNames.ts';
import { LinkReader } from './links.ts';
import { CatalogueQueries } from './queryCatalogue.ts';
import { DemandQueries } from './queryDemand.ts';
import { EventQueries } from './queryEvents.ts';
import { LevelQueries } from './queryLevels.ts';
import { MirrorQueries } from './queryMirror.ts';
import { ReservationQueries } from './queryReservations.ts';
import { ShareQueries } from './queryShares.ts';
import { TransferQueries } from './queryTransfers.ts';

/** Where the read side sends its statements: a `ReadPool`, or what stands for one. */
type Pool = NamesRunner & { close(): Promise<void> };

/** The read side, on connections of its own: each statement is one look at what is committed. */
export class PostgresQueryStore implements QueryStore {
  readonly #pool: Pool;
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

  /** @param pool is closed with the store */
  constructor(pool: Pool) {
    this.#pool = pool;
    this.#head = new HeadReader(pool);
    this.#levels = new LevelQueries(pool);
    this.#events = new EventQueries(pool);
    this.#reservations = new ReservationQueries(pool);
    this.#transfers = new TransferQueries(pool);
    this.#catalogue = new CatalogueQueries(pool);
    this.#demand = new DemandQueries(pool);
    this.#links = new LinkReader(pool);
    this.#shares = new ShareQueries(pool);
    this.#mirror = new MirrorQueries(pool);
  }

  head(): Promise<Head> {
    return this.#head.head();
  }

  positionAt(time: number): Promise<number> {
    return this.#head.positionAt(time);
  }

  level(sku: string, location: string): Promise<LevelRow | undefined> {
    return this.#levels.level(sku, location);
  }

  levelAt(sku: string, location: string, position: number): Promise<LevelRow | undefined> {
    return this.#levels.levelAt(sku, location, position);
  }

  levels(page: LevelPage): Promise<readonly LevelRow[]> {
    return this.#levels.levels(page);
  }

  statement(page: StatementPage): Promise<readonly (Movement & Stamped)[]> {
    return this.#events.statement(page);
  }

  holds(page: HoldPage): Promise<readonly Hold[]> {
    return this.#levels.holds(page);
  }

  events(page: EventPage): Promise<EventSlice> {
    return this.#events.events(page);
  }

  reservation(id: string): Promise<Reservation | undefined> {
    return this.#reservations.reservation(id);
  }

  reservations(page: ReservationPage): Promise<readonly Reservation[]> {
    return this.#reservations.reservations(page);
  }

  transfer(id: string): Promise<Transfer | undefined> {
    return this.#transfers.transfer(id);
  }

  transfers(page: TransferPage): Promise<readonly Transfer[]> {
    return this.#transfers.transfers(page);
  }

  product(sku: string): Promise<Product | undefined> {
    return this.#catalogue.product(sku);
  }

  products(page: ProductPage): Promise<readonly Product[]> {
    return this.#catalogue.products(page);
  }

  location(location: string): Promise<Location | undefined> {
    return this.#catalogue.location(location);
  }

  locations(page: LocationPage): Promise<readonly Location[]> {
    return this.#catalogue.locations(page);
  }

  demand(page: DemandPage): Promise<readonly DemandRow[]> {
    return this.#demand.demand(page);
  }

  link(peer: string): Promise<Link | undefined> {
    return this.#links.link(peer);
  }

  links(): Promise<readonly Link[]> {
    return this.#links.links();
  }

  shares(page: SharePage): Promise<readonly Share[]> {
    return this.#shares.shares(page);
  }

  mirrored(page: MirrorPage): Promise<readonly LoggedEvent[]> {
    return this.#mirror.mirrored(page);
  }

  mirroredAt(share: ShareName, position: number): Promise<LoggedEvent | undefined> {
    return this.#mirror.mirroredAt(share, position);
  }

  mirrorsAt(position: number, peers?: readonly string[]): Promise<readonly MirrorHead[]> {
    return this.#mirror.mirrorsAt(position, peers);
  }

  mirroredReservation(id: string): Promise<readonly MirroredEntry[]> {
    return this.#mirror.mirroredReservation(id);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
