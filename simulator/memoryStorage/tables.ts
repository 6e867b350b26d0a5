import type { Location, Product } from '../../src/domain/catalogue.ts';
import type { LoggedEvent } from '../../src/domain/events.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import type { LevelKey } from '../../src/domain/stock.ts';
import type { Transfer } from '../../src/domain/transfer.ts';
import type { LevelRow } from '../../src/ledger/books.ts';
import type { KeyRecord } from '../../src/ledger/store.ts';
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
  };
}
