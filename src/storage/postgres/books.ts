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
import { StoreError, UnreadableEventError, UnreadableRowError } from '../../ledger/errors.ts';
import type { ShareName } from '../../ledger/store.ts';
import { levelRowOf } from '../rows/levels.ts';
import { CatalogueReader } from './catalogue.ts';
import { type Address, Connection } from './connection.ts';
import { EventReader } from './events.ts';
import { HeadReader } from './head.ts';
import { HoldReader } from './holds.ts';
import { LevelNames } from './levelNames.ts';
import { LevelReader } from './levels.ts';
import { LinkReader } from './links.ts';
import { MirrorReader } from './mirror.ts';
import { keepOthersOut, RebuildWriter } from './rebuild.ts';
import { ReservationReader } from './reservations.ts';
import { one, type Runner, statement } from './statement.ts';
import { TransferReader } from './transfers.ts';

export const BEGIN_INSPECTION = 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY';
const BEGIN_REBUILD = 'BEGIN ISOLATION LEVEL READ COMMITTED';

/** Whoever looks through a whole log takes his time, whatever the role's limits are. */
export const NO_LIMITS = `
  SET LOCAL statement_timeout = 0;
  SET LOCAL idle_in_transaction_session_timeout = 0`;

const READ_COUNTS = statement<BookCounts>(
  'counts',
  `SELECT
    (SELECT position FROM log_head) AS head,
    (SELECT count(*) FROM events) AS events,
    (SELECT count(*) FROM levels) AS levels,
    (SELECT count(*) FROM reservations) AS reservations,
    (SELECT count(*) FROM holds) AS holds,
    (SELECT count(*) FROM transfers) AS transfers,
    (SELECT count(*) FROM products) AS products,
    (SELECT count(*) FROM locations) AS locations,
    (SELECT count(*) FROM shares) AS shares`,
);

const NO_BOOKS: BookCounts = {
  head: 0,
  events: 0,
  levels: 0,
  reservations: 0,
  holds: 0,
  transfers: 0,
  products: 0,
  locations: 0,
  shares: 0,
};

/** Looks at the books, or makes them anew, on connections of its own. */
export class PostgresBooksStore implements BooksStore {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  /** A read transaction sees what was there when it began, and keeps nobody from writing meanwhile. */
  async inspect<T>(work: (books: Books) => Promise<T>): Promise<T> {
    return withConnection(this.#address, async (connection) => {
      await connection.script(BEGIN_INSPECTION);
      await connection.script(NO_LIMITS);
      return work(new PostgresBooks(connection));
    });
  }

  async rebuild<T>(work: (books: RebuiltBooks, writer: BooksWriter) => Promise<T>): Promise<T> {
    return withConnection(this.#address, async (connection) => {
      await connection.script(BEGIN_REBUILD);
      await connection.script(NO_LIMITS);
      await keepOthersOut(connection);
      const writer = new RebuildWriter(connection);
      await writer.removeAll();
      const result = await work(new PostgresBooks(connection), writer);
      await writer.finish();
      await connection.script('COMMIT');
      return result;
    });
  }
}

/** Ending the connection undoes what was not committed. */
export async function withConnection<T>(
  address: Address,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await Connection.open(address, { answerMsMax: 0 });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

class PostgresBooks implements Books {
  readonly #runner: Runner;
  readonly #head: HeadReader;
  readonly #events: EventReader;
  readonly #levels: LevelReader;
  readonly #holds: HoldReader;
  readonly #reservations: ReservationReader;
  readonly #transfers: TransferReader;
  readonly #catalogue: CatalogueReader;
  readonly #names: LevelNames;
  readonly #links: LinkReader;
  readonly #mirror: MirrorReader;

  constructor(runner: Runner) {
    this.#runner = runner;
    this.#head = new HeadReader(runner);
    this.#events = new EventReader(runner);
    this.#levels = new LevelReader(runner);
    this.#holds = new HoldReader(runner);
    this.#reservations = new ReservationReader(runner);
    this.#transfers = new TransferReader(runner);
    this.#catalogue = new CatalogueReader(runner);
    this.#names = new LevelNames(runner);
    this.#links = new LinkReader(runner);
    this.#mirror = new MirrorReader(runner);
  }

  async events(after: number, limit: number): Promise<readonly LoggedEvent[]> {
    try {
      return await this.#events.after(after, limit);
    } catch (error) {
      if (error instanceof StoreError) throw error;
      return this.#eventsOneByOne(after, limit);
    }
  }

  /** Finds out which event it is that cannot be read. */
  async #eventsOneByOne(after: number, limit: number): Promise<readonly LoggedEvent[]> {
    const events: LoggedEvent[] = [];
    let position = await this.#events.positionAfter(after);
    while (position !== undefined && events.length < limit) {
      events.push(...(await this.#eventAt(position, events)));
      position = await this.#events.positionAfter(position);
    }
    return events;
  }

  async #eventAt(
    position: number,
    before: readonly LoggedEvent[],
  ): Promise<readonly LoggedEvent[]> {
    try {
      return await this.#events.after(position - 1, 1);
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw new UnreadableEventError(position, before, { cause: error });
    }
  }

  level(sku: string, location: string): Promise<LevelRow | undefined> {
    return readable(async () => {
      const columns = await this.#levels.byKey(sku, location);
      return columns && levelRowOf(columns);
    });
  }

  positionAt(time: number): Promise<number> {
    return this.#head.positionAt(time);
  }

  heldUnits(sku: string, location: string): Promise<number> {
    return this.#holds.units(sku, location);
  }

  hold({ sku, location, reservationId, expiresAt }: HoldPlace): Promise<number | undefined> {
    return this.#holds.quantity(sku, location, expiresAt, reservationId);
  }

  reservation(id: string): Promise<Reservation | undefined> {
    return readable(async () => {
      const columns = await this.#reservations.byId(id);
      return columns && (await this.#names.reservationsOf([columns]))[0];
    });
  }

  transfer(id: string): Promise<Transfer | undefined> {
    return readable(() => this.#transfers.byId(id));
  }

  product(sku: string): Promise<Product | undefined> {
    return readable(() => this.#catalogue.product(sku));
  }

  location(location: string): Promise<Location | undefined> {
    return readable(() => this.#catalogue.location(location));
  }

  share(name: ShareName): Promise<Share | undefined> {
    return readable(() => this.#links.share(name));
  }

  links(): Promise<readonly Link[]> {
    return readable(() => this.#links.links());
  }

  mirror(after: MirrorPlace | undefined, limit: number): Promise<readonly MirrorRow[]> {
    return readable(() => this.#mirror.after(after, limit));
  }

  async counts(): Promise<BookCounts> {
    return (await one(this.#runner, READ_COUNTS)) ?? NO_BOOKS;
  }
}

/** What goes wrong while a row is read, other than in the engine, is the row's fault. Its content is not quoted. */
async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new UnreadableRowError('the database holds a row that cannot be read', { cause: error });
  }
}
