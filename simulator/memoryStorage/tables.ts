import type { Location, Product } from '../../src/domain/catalogue.ts';
import type { LoggedEvent } from '../../src/domain/events.ts';
import type { Link } from '../../src/domain/links/link.ts';
import type { Share, ShareKey } from '../../src/domain/links/share.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import type { LevelKey } from '../../src/domain/stock.ts';
import type { Transfer } from '../../src/domain/transfer.ts';
import type { LevelRow } from '../../src/ledger/books.ts';
import type { KeyRecord, MirroredEvent } from '../../src/ledger/store.ts';
import type { DemandRow } from '../../src/queries/store.ts';
import type { Freeze } from '../../src/storage/archive.ts';

/**
 * What is durable: the disk of the memory engine. It outlives the storage that is opened on it, as a database file
 * outlives a process. Rows are values; a row is replaced and never changed in place.
 */
export interface Tables {
  readonly node: string;
  freeze: Freeze | null;
  head: { position: number; time: number };
  /** By position. */
  events: LoggedEvent[];
  levels: Map<LevelKey, LevelRow>;
  reservations: Map<string, Reservation>;
  /** One row per line of a held reservation, by level and then by reservation id. */
  holds: Map<LevelKey, Map<string, HoldRow>>;
  transfers: Map<string, Transfer>;
  products: Map<string, Product>;
  locations: Map<string, Location>;
  /** By `idempotencyMapKey`. */
  keys: Map<string, KeyRecord>;
  /** By minute and level. */
  demand: Map<string, DemandRow>;
  /** What is kept inside of the database of `Incarnation`. */
  incarnation: number;
  /** By peer. */
  links: Map<string, Link>;
  shares: Map<ShareKey, Share>;
  /** In the order in which they came. */
  mirror: MirrorRow[];
}

/** An entry of a peer's log. */
export interface MirrorRow extends MirroredEvent {
  /** Position of this log when it was applied. */
  readonly appliedAt: number;
  /** The peer's log has lost it since. */
  readonly superseded: boolean;
}

export interface HoldRow {
  readonly reservationId: string;
  readonly quantity: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export function emptyTables(node: string): Tables {
  return {
    node,
    freeze: null,
    head: { position: 0, time: 0 },
    events: [],
    levels: new Map(),
    reservations: new Map(),
    holds: new Map(),
    transfers: new Map(),
    products: new Map(),
    locations: new Map(),
    keys: new Map(),
    demand: new Map(),
    incarnation: 0,
    links: new Map(),
    shares: new Map(),
    mirror: [],
  };
}

/** The tables as they are now; later changes of either do not touch the other. */
export function copyTables(tables: Tables): Tables {
  return {
    node: tables.node,
    freeze: tables.freeze,
    head: { ...tables.head },
    events: [...tables.events],
    levels: new Map(tables.levels),
    reservations: new Map(tables.reservations),
    holds: new Map([...tables.holds].map(([key, holds]) => [key, new Map(holds)])),
    transfers: new Map(tables.transfers),
    products: new Map(tables.products),
    locations: new Map(tables.locations),
    keys: new Map(tables.keys),
    demand: new Map(tables.demand),
    incarnation: tables.incarnation,
    links: new Map(tables.links),
    shares: new Map(tables.shares),
    mirror: [...tables.mirror],
  };
}
