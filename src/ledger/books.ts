import type { Location, Product } from '../domain/catalogue.ts';
import type { LoggedEvent } from '../domain/events.ts';
import type { Link } from '../domain/links/link.ts';
import type { Share } from '../domain/links/share.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { Level } from '../domain/stock.ts';
import type { Transfer } from '../domain/transfer.ts';
import type { ShareName } from './store.ts';

/** A level with the time of its newest movement, in milliseconds since 1970. */
export interface LevelRow extends Level {
  readonly updatedAt: number;
}

/** Where a hold stands: what the engine finds it by when it is due, and when it ends. */
export interface HoldPlace {
  readonly sku: string;
  readonly location: string;
  readonly reservationId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * What became of an entry of a peer's log:
 * - `applied`: it did here what it does;
 * - `superseded`: it did, and the peer's log has lost it since;
 * - `unapplied`: it came after the peer was given up for lost.
 */
export type MirrorState = 'applied' | 'superseded' | 'unapplied';

/** An entry of a peer's log, as it came. */
export interface MirrorRow {
  readonly peer: string;
  readonly event: LoggedEvent;
  /** Position of this log at which it was applied. */
  readonly appliedAt: number;
  readonly state: MirrorState;
}

/** Where an entry stands among all: by peer, and then in the order in which they came. No two have the same place. */
export interface MirrorPlace {
  readonly peer: string;
  readonly appliedAt: number;
  /** In the peer's log. */
  readonly position: number;
}

/**
 * The log and the rows that were made from it, all as of one moment. Every read of a row throws `UnreadableRowError`
 * for one that no version of the program has written; the next one may go well.
 */
export interface Books {
  /**
   * At most `limit` events after position `after`, in order.
   * @throws {UnreadableEventError} for the first of them that cannot be read
   */
  events(after: number, limit: number): Promise<readonly LoggedEvent[]>;
  level(sku: string, location: string): Promise<LevelRow | undefined>;
  /** The last position with a time not after `time`, as reads about the past find it. */
  positionAt(time: number): Promise<number>;
  /** Units in running holds of the level. */
  heldUnits(sku: string, location: string): Promise<number>;
  /** Units of the one hold that the reservation has of the level, until exactly `expiresAt`. */
  hold(place: HoldPlace): Promise<number | undefined>;
  reservation(id: string): Promise<Reservation | undefined>;
  transfer(id: string): Promise<Transfer | undefined>;
  product(sku: string): Promise<Product | undefined>;
  location(location: string): Promise<Location | undefined>;
  share(name: ShareName): Promise<Share | undefined>;
  /** By peer. Links are not made from the log. */
  links(): Promise<readonly Link[]>;
  /** At most `limit` entries of peers' logs after the place `after`; from the first one without it. */
  mirror(after: MirrorPlace | undefined, limit: number): Promise<readonly MirrorRow[]>;
  counts(): Promise<BookCounts>;
}

/** How many rows there are: rows that the log does not explain show up as a difference. */
export interface BookCounts {
  /** Newest position; positions have no gaps, so also the number of events. */
  readonly head: number;
  readonly events: number;
  /** Levels that were ever stocked. */
  readonly levels: number;
  readonly reservations: number;
  readonly holds: number;
  readonly transfers: number;
  readonly products: number;
  readonly locations: number;
  readonly shares: number;
}

/** Where `rebuild` writes rows to; everything in it was removed before. A row may be put again, and is replaced. */
export interface BooksWriter {
  putLevels(levels: readonly LevelRow[]): Promise<void>;
  /** Reference and metadata are not in the log: those of the row that stood there are kept. Holds are derived. */
  putReservations(reservations: readonly Reservation[]): Promise<void>;
  putTransfers(transfers: readonly Transfer[]): Promise<void>;
  putProducts(products: readonly Product[]): Promise<void>;
  putLocations(locations: readonly Location[]): Promise<void>;
  putShares(shares: readonly Share[]): Promise<void>;
}

/** The storage port of `verify` and `rebuild`. */
export interface BooksStore {
  /** Runs `work` on one unchanging view of the books; a live server goes on beside it. */
  inspect<T>(work: (books: Books) => Promise<T>): Promise<T>;
  /**
   * Empties levels, reservations, holds, transfers, catalogue and shares and lets `work` write them anew, in one transaction:
   * when `work` fails, all stands as before. `books` shows the log, links and what is mirrored, and of the rows what was
   * written anew so far.
   */
  rebuild<T>(work: (books: RebuiltBooks, writer: BooksWriter) => Promise<T>): Promise<T>;
}

export type RebuiltBooks = Pick<Books, 'events' | 'reservation' | 'links' | 'mirror' | 'counts'>;
