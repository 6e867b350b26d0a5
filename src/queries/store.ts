import type { Location, Product } from '../domain/catalogue.ts';
import type { EventType, LoggedEvent, Movement } from '../domain/events.ts';
import type { Link } from '../domain/links/link.ts';
import type { Share } from '../domain/links/share.ts';
import type { Reservation, ReservationStatus } from '../domain/reservation.ts';
import type { Transfer, TransferStatus } from '../domain/transfer.ts';
import type { LevelRow } from '../ledger/books.ts';
import type { ShareName } from '../ledger/store.ts';

/**
 * The storage port of the read side. Reads go around the commit queue and see what is committed. Lists come in pages:
 * at most `limit` rows after the key `after`, in the order that each member names; identifiers compare byte by byte.
 */
export interface QueryStore {
  /** The newest position (0 in an empty log) and the log's time. */
  head(): Promise<Head>;
  /** The last position with a time not after `time`; 0 when there is none. One index look-up. */
  positionAt(time: number): Promise<number>;

  /** The level, or undefined where it was never stocked. */
  level(sku: string, location: string): Promise<LevelRow | undefined>;
  /** The level as `position` left it: its newest movement at or before it. One index look-up, however long the history. */
  levelAt(sku: string, location: string, position: number): Promise<LevelRow | undefined>;
  /** Stocked levels by (sku, location). With `position`, as it left them (levels stocked only later are left out). */
  levels(page: LevelPage): Promise<readonly LevelRow[]>;
  /** Movements of one level after the position `after`, or, newest first, before it. One index look-up for each page. */
  statement(page: StatementPage): Promise<readonly (Movement & Stamped)[]>;
  /** Lines of the level that are held, by (expiresAt, reservation id). */
  holds(page: HoldPage): Promise<readonly Hold[]>;

  /** Events by position. `scanned` tells how far the log was looked through, which with filters may be past the last hit. */
  events(page: EventPage): Promise<EventSlice>;

  reservation(id: string): Promise<Reservation | undefined>;
  /** By id, or with `status` by (expiresAt, id); `after` is the last row of the page before. */
  reservations(page: ReservationPage): Promise<readonly Reservation[]>;

  transfer(id: string): Promise<Transfer | undefined>;
  /** By id. */
  transfers(page: TransferPage): Promise<readonly Transfer[]>;

  product(sku: string): Promise<Product | undefined>;
  /** By sku. `query` finds it in sku or name, letter case ignored. */
  products(page: ProductPage): Promise<readonly Product[]>;
  location(location: string): Promise<Location | undefined>;
  /** By location. */
  locations(page: LocationPage): Promise<readonly Location[]>;

  /** Lost demand per minute, by (minute, sku, location). */
  demand(page: DemandPage): Promise<readonly DemandRow[]>;

  /** The link to a peer, or undefined where there is none. One index look-up, however many links there are. */
  link(peer: string): Promise<Link | undefined>;
  /** By peer. */
  links(): Promise<readonly Link[]>;
  /** What peers own, by (sku, location, peer). Those of retired nodes are 0. */
  shares(page: SharePage): Promise<readonly Share[]>;
  /** Entries of a peer's log, in order; not those that its log has lost, nor those that came after it was retired. */
  mirrored(page: MirrorPage): Promise<readonly LoggedEvent[]>;
  /** The newest movement of the level in the peer's log that had been applied at `position` of this log. */
  mirroredAt(share: ShareName, position: number): Promise<LoggedEvent | undefined>;
  /**
   * The newest entry of each peer's log that had been applied at `position` of this log: how old that picture was. By
   * peer; with `peers` of these alone, one index look-up for each.
   */
  mirrorsAt(position: number, peers?: readonly string[]): Promise<readonly MirrorHead[]>;
  /** Everything that peers' logs say about a reservation, by (peer, position). */
  mirroredReservation(id: string): Promise<readonly MirroredEntry[]>;

  close(): Promise<void>;
}

/** An entry of a peer's log. */
export interface MirroredEntry {
  readonly peer: string;
  readonly event: LoggedEvent;
}

/** How far a peer's log was known. */
export interface MirrorHead {
  readonly peer: string;
  readonly position: number;
  /** Milliseconds since 1970, on the peer's clock. */
  readonly time: number;
}

export interface MirrorPage {
  readonly peer: string;
  /** Position in the peer's log. */
  readonly after: number;
  readonly limit: number;
}

export interface SharePage
  extends Page<{ readonly sku: string; readonly location: string; readonly peer: string }> {
  readonly skus?: readonly string[];
  readonly location?: string;
  readonly peer?: string;
}

/** Lists. Read where they may be a little old, each page shows what was there at most `LISTS_AGE_MS_MAX` before. */
export type ListStore = Pick<
  QueryStore,
  'levels' | 'events' | 'reservations' | 'transfers' | 'products' | 'locations' | 'demand'
>;

export const LISTS_AGE_MS_MAX = 5_000;

export interface Head {
  readonly position: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export interface Stamped {
  readonly position: number;
  readonly time: number;
}

export interface Page<After> {
  /** The key of the last row of the page before. */
  readonly after?: After;
  readonly limit: number;
}

export interface LevelPage extends Page<{ readonly sku: string; readonly location: string }> {
  readonly skus?: readonly string[];
  readonly location?: string;
  readonly position?: number;
}

export interface StatementPage {
  readonly sku: string;
  readonly location: string;
  /** Position of the last row of the page before. */
  readonly after?: number;
  readonly newestFirst?: boolean;
  readonly limit: number;
}

export interface Hold {
  readonly reservationId: string;
  readonly quantity: number;
  readonly expiresAt: number;
}

export interface HoldPage
  extends Page<{ readonly expiresAt: number; readonly reservationId: string }> {
  readonly sku: string;
  readonly location: string;
}

export interface EventFilter {
  readonly sku?: string;
  readonly location?: string;
  readonly types?: readonly EventType[];
  /** With `location`: notices match whatever they are about. */
  readonly orNotice?: boolean;
}

export interface EventPage extends EventFilter {
  /** Position; 0 for the beginning. */
  readonly after: number;
  readonly limit: number;
}

export interface EventSlice {
  readonly events: readonly LoggedEvent[];
  /** Every event up to this position is in the answer or does not match; go on after it. */
  readonly scanned: number;
}

export interface ReservationPage extends Page<{ readonly expiresAt: number; readonly id: string }> {
  readonly status?: ReservationStatus;
  readonly reference?: string;
}

export interface TransferPage extends Page<string> {
  readonly status?: TransferStatus;
}

export interface ProductPage extends Page<string> {
  readonly query?: string;
}

export interface LocationPage extends Page<string> {
  readonly query?: string;
}

export interface DemandPage
  extends Page<{ readonly minute: number; readonly sku: string; readonly location: string }> {
  readonly sku?: string;
  readonly location?: string;
  /** Milliseconds since 1970, inclusive. */
  readonly from?: number;
  /** Milliseconds since 1970, exclusive. */
  readonly to?: number;
}

export interface DemandRow {
  readonly sku: string;
  readonly location: string;
  /** Start of the minute, milliseconds since 1970. */
  readonly minute: number;
  readonly requests: number;
  readonly units: number;
}
