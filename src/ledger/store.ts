import type { Location, Product } from '../domain/catalogue.ts';
import type { LedgerEvent, LoggedEvent } from '../domain/events.ts';
import type { Link } from '../domain/links/link.ts';
import type { Share, ShareKey } from '../domain/links/share.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { StockedPlace } from '../domain/sourcing/stockedPlace.ts';
import type { Stamp } from '../domain/stamp.ts';
import type { UnitsInUse } from '../domain/state.ts';
import type { Level, LevelKey } from '../domain/stock.ts';
import type { Transfer } from '../domain/transfer.ts';
import type { KeptOutcome } from './outcome.ts';

/**
 * The storage port of the write side. One call is one commit: the engine locks and loads what the commit needs, calls
 * `decide`, writes what it returns, gives positions and time last, and answers only when all of it is durable.
 *
 * Whoever implements it guarantees:
 * - what `decide` was shown cannot be changed by anybody else before the commit ends;
 * - either everything of `Writes` is there afterwards, or nothing;
 * - positions have no gaps, and the time of a commit is never before that of any position before it;
 * - a level is written only over the version that `decide` was shown.
 *
 * It may call `decide` once more, with other rows; what it has returned before is then as if it had not been.
 *
 * Errors: those of `errors.ts`. An exception of `decide` itself is passed on, and nothing is written. A frozen ledger
 * refuses whatever would be written, and due holds and old keys with it; only its time goes on.
 */
export interface LedgerStore {
  /** Whether a commit leaves the thread free while it is under way. */
  readonly worksAside: boolean;

  /**
   * @returns what the commit got from the head of the log; `firstPosition` is that of the first event, or of the next
   *   one to come when there was none. When there was nothing to write at all, no transaction need be made durable.
   */
  commit(needs: Needs, decide: (rows: Rows) => Writes): Promise<Stamp>;

  /**
   * Makes every later commit's time greater than `time`, so that an answer about `time` is final.
   * Does nothing when the head of the log is past it already.
   */
  advanceTime(time: number): Promise<void>;

  /** Ids of holds whose time is over at the ledger's now, the longest overdue first. */
  dueReservations(limit: number): Promise<readonly string[]>;

  /** Reference and metadata of reservations, for repeated answers; erased or unknown ones are absent. */
  readErasable(ids: readonly string[]): Promise<ReadonlyMap<string, Erasable>>;

  /** Removes at most `limit` idempotency records older than `before`. @returns how many it removed */
  pruneKeys(before: number, limit: number): Promise<number>;

  /** The ledger's time: the clock's, but never before the head of the log. Milliseconds since 1970. */
  now(): Promise<number>;

  close(): Promise<void>;
}

/** What can be erased from a reservation. */
export type Erasable = Pick<Reservation, 'reference' | 'metadata'>;

/** What a commit has to lock and load, in this order of kinds and sorted within each. */
export interface Needs {
  readonly products: ReadonlySet<string>;
  readonly locations: ReadonlySet<string>;
  /** Those of the above that a command may write or remove. */
  readonly changed: {
    readonly products: ReadonlySet<string>;
    readonly locations: ReadonlySet<string>;
  };
  /** Those of `changed.products` that a link may remove, if there is none of them at the levels that are named. */
  readonly removable: ReadonlySet<string>;
  readonly keys: ReadonlyMap<string, IdempotencyKey>;
  /** Besides those named here, the levels of every reservation and transfer below are loaded. */
  readonly levels: ReadonlyMap<LevelKey, LevelNeed>;
  readonly reservations: ReadonlySet<string>;
  /** Those of them that a command would make. */
  readonly made: ReadonlySet<string>;
  readonly transfers: ReadonlySet<string>;
  /** All open transfers from and to this location are loaded besides: another node gets its goods in hand. */
  readonly transfersAt: string | null;
  /** Peers whose links are read or written; where something is removed, all are read. */
  readonly links: ReadonlySet<string>;
  /** What these peers own of these levels is read or written, whether the levels are short or not. */
  readonly shares: ReadonlyMap<ShareKey, ShareName>;
  /** Levels of which all shares are read: they are counted. */
  readonly counted: ReadonlySet<LevelKey>;
  /** Products of which it is read where they are. */
  readonly spread: ReadonlySet<string>;
  /** Set when the one command of this commit removes a product or a location; only then `Rows.inUse` is loaded. */
  readonly removal: Removal | null;
}

export type ShareName = Pick<Share, 'peer' | 'sku' | 'location'>;

export type Removal = { readonly product: string } | { readonly location: string };

export interface LevelNeed {
  readonly sku: string;
  readonly location: string;
  /** Units that all commands together want of it. Where fewer are available, its due holds are loaded too. */
  readonly wanted: number;
}

export interface IdempotencyKey {
  readonly actor: string;
  readonly key: string;
}

/** Identifies an idempotency key in a map. */
export function idempotencyMapKey({ actor, key }: IdempotencyKey): string {
  return `${actor}\u0000${key}`;
}

export interface KeyRecord extends IdempotencyKey {
  /** Hash of method, path and parsed body. */
  readonly fingerprint: string;
  readonly outcome: KeptOutcome;
  /** Of the commit that made the outcome; for a record of this commit, absent until it is stamped. */
  readonly stamp: Stamp | null;
}

/** What was loaded, under locks. What is not there is absent; a level that was never stocked is absent. */
export interface Rows {
  /** Read once, after the locks: the ledger's time. Milliseconds since 1970. */
  readonly now: number;
  readonly products: ReadonlyMap<string, Product>;
  /**
   * Those named, those of the links named, and of the lines of the reservations and the ends of the transfers those whose
   * goods another node has.
   */
  readonly locations: ReadonlyMap<string, Location>;
  /** Whether there is any link. */
  readonly linked: boolean;
  /** The peer of the link to a hub, where there is one. */
  readonly hub: string | null;
  readonly links: ReadonlyMap<string, Link>;
  /**
   * Those named, those of the levels that are counted, and of all other levels loaded those where the level is short,
   * where the peer owes units (`available < 0`), or whose link is named: what is sold is handed over with a share.
   */
  readonly shares: ReadonlyMap<ShareKey, Share>;
  /** Of the named reservations that are not here: the peer that has made them, as its log says. */
  readonly nodeOfReservation: ReadonlyMap<string, string>;
  readonly keys: ReadonlyMap<string, KeyRecord>;
  readonly levels: ReadonlyMap<LevelKey, Level>;
  /** Those named, and all holds in `dueHolds`. */
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly transfers: ReadonlyMap<string, Transfer>;
  /**
   * For each level that is short: ids of its holds with `expiresAt <= now`, the longest overdue first. Where there are
   * very many, those that cover what is missing are enough.
   */
  readonly dueHolds: ReadonlyMap<LevelKey, readonly string[]>;
  /** For each level that is short: when the first hold that is not due ends. */
  readonly nextReleaseAt: ReadonlyMap<LevelKey, number>;
  readonly inUse: UnitsInUse | null;
  /**
   * For each product of `Needs.spread`: where it was ever stocked, and where other nodes have some, by location. It is read
   * after the locks of the levels were taken, and what this node has all in one moment: together with what is locked it
   * says what there was at that moment.
   */
  readonly stockedAt: ReadonlyMap<string, readonly StockedPlace[]>;
}

/** A record before and after the commit; `before` is undefined for a new one, `after` for a removed one. */
export interface Change<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** Units that were asked for and not there, per level. The engine adds them to the minute of the commit. */
export interface LostDemand {
  readonly sku: string;
  readonly location: string;
  readonly requests: number;
  readonly units: number;
}

/** An entry of a peer's log, as it came. */
export interface MirroredEvent {
  readonly peer: string;
  readonly event: LoggedEvent;
  /** False for what came after the peer was given up for lost: it is kept, and shown to auditors only. */
  readonly applied: boolean;
}

/** What is mirrored of the peer after `position` is no longer part of its log; it is kept, and shown to auditors only. */
export interface Superseded {
  readonly peer: string;
  readonly position: number;
}

export interface Writes {
  /** In the order in which they happened. */
  readonly events: readonly LedgerEvent[];
  /** Levels that moved; written over `before.version`. */
  readonly levels: ReadonlyMap<LevelKey, Change<Level>>;
  /** Holds are derived from them: a reservation has one per line while its status is `held`. */
  readonly reservations: ReadonlyMap<string, Change<Reservation>>;
  readonly transfers: ReadonlyMap<string, Change<Transfer>>;
  readonly products: ReadonlyMap<string, Change<Product>>;
  readonly locations: ReadonlyMap<string, Change<Location>>;
  /** A link is never removed. */
  readonly links: ReadonlyMap<string, Change<Link>>;
  readonly shares: ReadonlyMap<ShareKey, Change<Share>>;
  /** Comes before `mirrored`. */
  readonly superseded: readonly Superseded[];
  /**
   * Each is kept with the position of this log at which it was applied: that of the commit's last event, or in a commit
   * without events that of the next one to come. So what is known of peers as of a position never changes any more.
   */
  readonly mirrored: readonly MirroredEvent[];
  readonly keys: readonly KeyRecord[];
  readonly lostDemand: readonly LostDemand[];
}

export function nothingToWrite(writes: Writes): boolean {
  return (
    writes.events.length === 0 &&
    writes.keys.length === 0 &&
    writes.lostDemand.length === 0 &&
    writes.links.size === 0
  );
}
