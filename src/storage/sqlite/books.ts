import type { DatabaseSync } from 'node:sqlite';
import type { Location, Product } from '../../domain/catalogue.ts';
import type { LoggedEvent } from '../../domain/events.ts';
import type { Link } from '../../domain/links/link.ts';
import type { Share } from '../../domain/links/share.ts';
import type { Reservation } from '../../domain/reservation.ts';
import type { Transfer } from '../../domain/transfer.ts';
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
} from '../../ledger/books.ts';
import { UnreadableEventError, UnreadableRowError } from '../../ledger/errors.ts';
import type { ShareName } from '../../ledger/store.ts';
import { levelRowOf } from '../rows/levels.ts';
import { CatalogueReader } from './catalogue.ts';
import { openReader, openWriter, withConnection } from './connection.ts';
import { isEngineFault } from './errors.ts';
import { EventReader } from './events.ts';
import { HeadReader } from './head.ts';
import { HoldReader } from './holds.ts';
import { LevelNames } from './levelNames.ts';
import { LevelReader } from './levels.ts';
import { LinkReader } from './links.ts';
import { MirrorReader } from './mirror.ts';
import { RebuildWriter } from './rebuild.ts';
import { ReservationReader } from './reservations.ts';
import { ShareReader } from './shares.ts';
import { countOf } from './statement.ts';
import { prepareTables } from './tables.ts';
import { Transactions } from './transactions.ts';
import { TransferReader } from './transfers.ts';

/** How long a rebuild waits for a server that is writing. */
const REBUILD_WAIT_MS = 10_000;

/** Looks at the books, or makes them anew, on connections of its own. */
export class SqliteBooksStore implements BooksStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** A read transaction sees what was there when it began, and keeps nobody from writing meanwhile. */
  async inspect<T>(work: (books: Books) => Promise<T>): Promise<T> {
    return withConnection(openReader(this.#path), async (db) => {
      db.exec('BEGIN');
      return work(new SqliteBooks(db));
    });
  }

  async rebuild<T>(work: (books: RebuiltBooks, writer: BooksWriter) => Promise<T>): Promise<T> {
    return withConnection(openWriter(this.#path, REBUILD_WAIT_MS), async (db) => {
      const transactions = new Transactions(db);
      transactions.begin();
      const writer = new RebuildWriter(db, prepareTables(db));
      writer.removeAll();
      const result = await work(new SqliteBooks(db), writer);
      writer.finish();
      transactions.commit();
      return result;
    });
  }
}

class SqliteBooks implements Books {
  readonly #db: DatabaseSync;
  readonly #head: HeadReader;
  readonly #events: EventReader;
  readonly #levels: LevelReader;
  readonly #holds: HoldReader;
  readonly #reservations: ReservationReader;
  readonly #transfers: TransferReader;
  readonly #catalogue: CatalogueReader;
  readonly #names: LevelNames;
  readonly #shares: ShareReader;
  readonly #links: LinkReader;
  readonly #mirror: MirrorReader;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#head = new HeadReader(db);
    this.#events = new EventReader(db);
    this.#levels = new LevelReader(db);
    this.#holds = new HoldReader(db);
    this.#reservations = new ReservationReader(db);
    this.#transfers = new TransferReader(db);
    this.#catalogue = new CatalogueReader(db);
    this.#names = new LevelNames(db);
    this.#shares = new ShareReader(db);
    this.#links = new LinkReader(db);
    this.#mirror = new MirrorReader(db);
  }

  async events(after: number, limit: number): Promise<readonly LoggedEvent[]> {
    try {
      return this.#events.after(after, limit);
    } catch (error) {
      if (isEngineFault(error)) throw error;
      return this.#eventsOneByOne(after, limit);
    }
  }

  /** Finds out which event it is that cannot be read. */
  #eventsOneByOne(after: number, limit: number): readonly LoggedEvent[] {
    const events: LoggedEvent[] = [];
    let position = readable(() => this.#events.positionAfter(after));
    while (position !== undefined && events.length < limit) {
      events.push(...this.#eventAt(position, events));
      const last = position;
      position = readable(() => this.#events.positionAfter(last));
    }
    return events;
  }

  #eventAt(position: number, before: readonly LoggedEvent[]): readonly LoggedEvent[] {
    try {
      return this.#events.after(position - 1, 1);
    } catch (error) {
      if (isEngineFault(error)) throw error;
      throw new UnreadableEventError(position, before, { cause: error });
    }
  }

  async level(sku: string, location: string): Promise<LevelRow | undefined> {
    return readable(() => {
      const columns = this.#levels.byKey(sku, location);
      return columns && levelRowOf(columns);
    });
  }

  async positionAt(time: number): Promise<number> {
    return readable(() => this.#head.positionAt(time));
  }

  async heldUnits(sku: string, location: string): Promise<number> {
    const id = this.#levels.idOf(sku, location);
    return id === undefined ? 0 : readable(() => this.#holds.units(id));
  }

  async hold({ sku, location, reservationId, expiresAt }: HoldPlace): Promise<number | undefined> {
    const id = this.#levels.idOf(sku, location);
    return id === undefined ? undefined : this.#holds.quantity(id, expiresAt, reservationId);
  }

  async reservation(id: string): Promise<Reservation | undefined> {
    return readable(() => {
      const columns = this.#reservations.byId(id);
      return columns && this.#names.reservationOf(columns);
    });
  }

  async transfer(id: string): Promise<Transfer | undefined> {
    return readable(() => this.#transfers.byId(id));
  }

  async product(sku: string): Promise<Product | undefined> {
    return readable(() => this.#catalogue.product(sku));
  }

  async location(location: string): Promise<Location | undefined> {
    return readable(() => this.#catalogue.location(location));
  }

  async share(name: ShareName): Promise<Share | undefined> {
    return readable(() => this.#shares.byName(name));
  }

  async links(): Promise<readonly Link[]> {
    return readable(() => this.#links.all());
  }

  async mirror(after: MirrorPlace | undefined, limit: number): Promise<readonly MirrorRow[]> {
    return readable(() => this.#mirror.after(after, limit));
  }

  async counts(): Promise<BookCounts> {
    const count = (table: string) =>
      countOf(this.#db.prepare(`SELECT count(*) AS value FROM ${table}`));
    return {
      head: this.#head.head().position,
      events: count('events'),
      levels: count('levels'),
      reservations: count('reservations'),
      holds: count('holds'),
      transfers: count('transfers'),
      products: count('products'),
      locations: count('locations'),
      shares: count('shares'),
    };
  }
}

/** What goes wrong while a row is read, other than in the engine, is the row's fault. Its content is not quoted. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isEngineFault(error)) throw error;
    throw new UnreadableRowError('the database holds a row that cannot be read', { cause: error });
  }
}
