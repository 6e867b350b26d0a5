import type { Location, Product } from '../../domain/catalogue.ts';
import { invariant } from '../../domain/invariant.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { type Level, type LevelKey, levelKey } from '../../domain/stock.ts';
import type { Transfer } from '../../domain/transfer.ts';
import type { KeyRecord, LevelNeed, Needs, Rows } from '../../ledger/store.ts';
import { type LevelColumns, levelOf } from '../rows/levels.ts';
import { keptLinesOf, lineOf, reservationOf } from '../rows/reservations.ts';
import { stockedPlaces } from '../rows/stocked.ts';
import { loadUnitsInUse } from './inUse.ts';
import { loadLinks } from './loadLinks.ts';
import type { Tables } from './tables.ts';

/** What a commit loaded, and the numbers of the levels in it. */
export interface Loaded {
  readonly rows: Rows;
  readonly levelIds: Map<LevelKey, number>;
}

/**
 * Loads what `needs` names. The caller has begun the write transaction, so nobody else can change it until that ends;
 * there is one lock for everything, hence no order to keep.
 */
export function loadRows(tables: Tables, needs: Needs, now: number): Loaded {
  const loading = new Loading(tables, now);
  loading.loadCatalogue(needs.products, needs.locations);
  loading.loadKeys(needs);
  for (const id of needs.transfers) loading.loadTransfer(id);
  if (needs.transfersAt !== null) loading.loadTransfersAt(needs.transfersAt);
  for (const id of needs.reservations) loading.loadReservation(id);
  for (const [key, need] of needs.levels) loading.loadNeededLevel(key, need);
  const inUse = needs.removal && loadUnitsInUse(tables, needs.removal);
  const links = loadLinks(tables, needs, loading);
  const stockedAt = loadStockedAt(tables, needs, links.linked);
  return { rows: { ...loading, ...links, now, inUse, stockedAt }, levelIds: loading.levelIds };
}

function loadStockedAt(
  { levels, shares }: Tables,
  { spread }: Needs,
  linked: boolean,
): Rows['stockedAt'] {
  const skus = [...spread];
  const lent = linked ? skus.flatMap((sku) => shares.lentOf(sku)) : [];
  return stockedPlaces(
    skus.flatMap((sku) => levels.stockedAt(sku)),
    lent,
  );
}

class Loading {
  readonly products = new Map<string, Product>();
  readonly locations = new Map<string, Location>();
  readonly keys = new Map<string, KeyRecord>();
  readonly levels = new Map<LevelKey, Level>();
  readonly reservations = new Map<string, Reservation>();
  readonly transfers = new Map<string, Transfer>();
  readonly dueHolds = new Map<LevelKey, readonly string[]>();
  readonly nextReleaseAt = new Map<LevelKey, number>();
  readonly levelIds = new Map<LevelKey, number>();
  /** Those of which not enough is available, stocked or not. */
  readonly short = new Set<LevelKey>();
  readonly #levelsById = new Map<number, Level>();
  readonly #tables: Tables;
  readonly #now: number;

  constructor(tables: Tables, now: number) {
    this.#tables = tables;
    this.#now = now;
  }

  loadCatalogue(products: ReadonlySet<string>, locations: ReadonlySet<string>): void {
    for (const sku of products) {
      const product = this.#tables.catalogue.product(sku);
      if (product) this.products.set(sku, product);
    }
    for (const name of locations) {
      const location = this.#tables.catalogue.location(name);
      if (location) this.locations.set(name, location);
    }
  }

  loadKeys({ keys }: Needs): void {
    for (const [mapKey, key] of keys) {
      const record = this.#tables.keys.byKey(key);
      if (record) this.keys.set(mapKey, record);
    }
  }

  loadTransfer(id: string): void {
    const transfer = this.#tables.transfers.byId(id);
    if (!transfer) return;
    this.transfers.set(id, transfer);
    for (const { sku } of transfer.lines) {
      if (transfer.from !== null) this.#loadLevel(sku, transfer.from);
      this.#loadLevel(sku, transfer.to);
    }
  }

  loadTransfersAt(location: string): void {
    for (const { id, from, to } of this.#tables.transfers.open()) {
      if (from === location || to === location) this.loadTransfer(id);
    }
  }

  loadReservation(id: string): void {
    if (this.reservations.has(id)) return;
    const columns = this.#tables.reservations.byId(id);
    if (!columns) return;
    const lines = keptLinesOf(columns).map((kept) => lineOf(kept, this.#loadLevelById(kept[0])));
    this.reservations.set(id, reservationOf(columns, lines));
  }

  /** Loads a level and, where it is short of what is wanted, what will free units of it. */
  loadNeededLevel(key: LevelKey, { sku, location, wanted }: LevelNeed): void {
    const level = this.#loadLevel(sku, location);
    if ((level?.available ?? 0) >= wanted) return;
    this.short.add(key);
    const id = this.levelIds.get(key);
    if (!level || id === undefined) return;
    const { holds } = this.#tables;
    const due = holds.due(id, this.#now, wanted - level.available);
    const nextReleaseAt = holds.nextReleaseAt(id, this.#now);
    this.dueHolds.set(key, due);
    if (nextReleaseAt !== undefined) this.nextReleaseAt.set(key, nextReleaseAt);
    for (const reservationId of due) this.loadReservation(reservationId);
  }

  #loadLevel(sku: string, location: string): Level | undefined {
    const known = this.levels.get(levelKey(sku, location));
    if (known) return known;
    const columns = this.#tables.levels.byKey(sku, location);
    return columns && this.#keep(columns);
  }

  #loadLevelById(id: number): Level {
    const known = this.#levelsById.get(id);
    if (known) return known;
    const columns = this.#tables.levels.byId(id);
    invariant(columns !== undefined, () => `level ${id} of a reservation is not there`);
    return this.#keep(columns);
  }

  #keep(columns: LevelColumns): Level {
    const level = levelOf(columns);
    const key = levelKey(level.sku, level.location);
    this.levels.set(key, level);
    this.levelIds.set(key, columns.id);
    this.#levelsById.set(columns.id, level);
    return level;
  }
}
