import type { LevelKey } from '../../domain/stock.ts';
import type { Needs, Rows } from '../../ledger/store.ts';
import type { Head } from '../../queries/store.ts';
import { type StockedColumns, stockedPlaces } from '../rows/stocked.ts';
import { allOf } from './allOf.ts';
import type { Connection } from './connection.ts';
import type { Custody } from './custody.ts';
import type { LedgerTime } from './databaseClock.ts';
import { LockTimeoutError } from './errors.ts';
import { assertStillMissing, loadUnitsInUse, readOpenTransfers } from './inUse.ts';
import { type LinkedRows, NOTHING_LINKED, readLinkedRows } from './linkedRows.ts';
import { LoadedRows } from './loadedRows.ts';
import { HeldLevelsError, type Locked } from './lock.ts';
import { keepCatalogue, takeWritten } from './lockCatalogue.ts';
import { readLockedRows, readReservations } from './lockedRows.ts';
import { releasesOf } from './shortLevels.ts';
import { allowFor, begin } from './transaction.ts';

/** What a commit loaded under its locks. */
export interface Loaded {
  readonly rows: Rows;
  /** The end of the log; others may go on from it until this commit locks it. */
  readonly head: Head;
  /** As the commit has read it; it is written only if that is still so. */
  readonly custody: Custody;
  /** Whether the database is proven; null for a ledger without links. */
  readonly proven: boolean | null;
  /** Numbers of the levels in `rows`. */
  readonly levelIds: ReadonlyMap<LevelKey, number>;
}

export interface LoadParts {
  readonly connection: Connection;
  /** Locks the levels, links and shares, and what is to be written of the catalogue. */
  readonly lock: (connection: Connection, needs: Needs, linked: boolean) => Promise<Locked>;
  /** Whether there may be links. */
  readonly linked: boolean;
  readonly time: Pick<LedgerTime, 'at'>;
  /** About how many rows there will be. */
  readonly rows: number;
}

/** What a commit must lock too: it has to begin anew. */
export class Unlocked {
  /** Whether there are links, which nobody knew of. */
  readonly linked: boolean;
  /** Reservations whose levels are to be locked. */
  readonly reservations: readonly string[];
  /** Of all of them together. */
  readonly lines: number;

  constructor(linked: boolean, reservations: readonly string[], lines: number) {
    this.linked = linked;
    this.reservations = reservations;
    this.lines = lines;
  }
}

/**
 * Begins the transaction of a commit, locks what it needs, and loads what it has locked. What every commit needs is sent
 * in one piece; each statement after the locking one sees all that was committed before it had the locks.
 *
 * Locks are taken in one order, so commits cannot deadlock: levels by number, links by peer, shares by peer and level,
 * then rows of the catalogue by name; a commit that writes goes on with the names of new levels and the head of the log.
 * Reservations and transfers are guarded by the locks of their levels; idempotency keys and ids that clients made by
 * unique constraints; who has the goods of a location, and whether they may be promised, by the head (`custody.ts`).
 */
export async function load(parts: LoadParts, needs: Needs): Promise<Loaded | Unlocked> {
  const loading = new Loading(parts, needs);
  await loading.loadNeeded();
  if (loading.isLocked) await loading.loadWhatFollows();
  return loading.isLocked ? loading.loaded() : loading.unlocked();
}

class Loading {
  readonly #parts: LoadParts;
  readonly #needs: Needs;
  readonly #loaded = new LoadedRows();
  readonly #dueHolds = new Map<LevelKey, readonly string[]>();
  readonly #nextReleaseAt = new Map<LevelKey, number>();
  #linked: LinkedRows = NOTHING_LINKED;
  #custody: Custody = 0;
  #inUse: Rows['inUse'] = null;
  #stocked: readonly StockedColumns[] = [];
  #head: Head = { position: 0, time: 0 };
  #now = 0;

  constructor(parts: LoadParts, needs: Needs) {
    this.#parts = parts;
    this.#needs = needs;
  }

  get isLocked(): boolean {
    return this.#loaded.unlocked.length === 0 && !this.#isUnexpectedlyLinked;
  }

  get #isUnexpectedlyLinked(): boolean {
    return this.#custody > 0 && !this.#parts.linked;
  }

  unlocked(): Unlocked {
    const { unlocked, lines } = this.#loaded;
    return new Unlocked(this.#isUnexpectedlyLinked, unlocked, lines);
  }

  async loadNeeded(): Promise<void> {
    const needs = this.#needs;
    const { connection, lock, linked, time, rows: expected } = this.#parts;
    const [, locked, rows, linkedRows, written] = await connection.together(() =>
      allOf([
        begin(connection, expected),
        lock(connection, needs, linked),
        readLockedRows(connection, needs),
        linked ? readLinkedRows(connection, needs) : NOTHING_LINKED,
        takeWritten(connection, needs),
      ]),
    );
    this.#loaded.keepLocked(locked);
    this.#loaded.keepRead(rows);
    this.#loaded.keepWritten(needs, written);
    this.#linked = linkedRows;
    this.#stocked = rows.stocked;
    this.#head = rows.clock;
    this.#custody = rows.clock.custody;
    this.#now = time.at(rows.clock.databaseMs, rows.clock);
  }

  /** What only some commits need, as the rows that were loaded have shown. */
  async loadWhatFollows(): Promise<void> {
    const { connection, linked } = this.#parts;
    const { removal } = this.#needs;
    const { lines, levels } = this.#loaded;
    const [, , inUse] = await connection.together(() =>
      allOf([
        allowFor(connection, lines),
        this.#loadReleases(),
        removal && loadUnitsInUse(connection, removal, [...levels.values()], linked),
        this.#keepWhatMayBeStocked(),
        this.#assertNotStocked(),
        this.#loadTransfersAt(),
      ]),
    );
    this.#inUse = inUse;
  }

  loaded(): Loaded {
    const loaded = this.#loaded;
    const { hub, places, proven } = this.#linked;
    loaded.keepPlaces(places);
    const { products, locations, keys, levels, reservations, transfers, links, shares } = loaded;
    const rows: Rows = {
      now: this.#now,
      products,
      locations,
      keys,
      levels,
      reservations,
      transfers,
      dueHolds: this.#dueHolds,
      nextReleaseAt: this.#nextReleaseAt,
      linked: this.#custody > 0,
      hub,
      links,
      shares,
      nodeOfReservation: this.#nodesOfReservations(),
      inUse: this.#inUse,
      stockedAt: stockedPlaces(this.#stocked, this.#linked.lent),
    };
    return {
      rows,
      head: this.#head,
      custody: this.#custody,
      proven: this.#custody > 0 ? proven : null,
      levelIds: loaded.levelIds,
    };
  }

  #nodesOfReservations(): ReadonlyMap<string, string> {
    const foreign = this.#linked.makers.filter(({ id }) => !this.#loaded.reservations.has(id));
    return new Map(foreign.map(({ id, peer }) => [id, peer]));
  }

  /** Where levels are short: what will free units of them. */
  async #loadReleases(): Promise<void> {
    const { connection } = this.#parts;
    const short = this.#loaded.shortLevels(this.#needs);
    const releases = await releasesOf(connection, short, this.#now);
    const more = new Set<string>();
    for (const [i, { key }] of short.entries()) {
      const { due = [], nextAt } = releases[i] ?? {};
      this.#dueHolds.set(key, due);
      if (nextAt !== undefined) this.#nextReleaseAt.set(key, nextAt);
      for (const id of due) if (!this.#loaded.reservations.has(id)) more.add(id);
    }
    const found = await readReservations(connection, more);
    for (const columns of found) this.#loaded.keepReservation(columns);
  }

  /** Where a level is missing there is no lock yet that would keep its product and location from being removed. */
  async #keepWhatMayBeStocked(): Promise<void> {
    if (this.#needs.removal) return;
    const products = new Set<string>();
    const locations = new Set<string>();
    const missing = new Set<LevelKey>();
    const loaded = this.#loaded;
    for (const [key, { sku, location }] of this.#needs.levels) {
      if (loaded.levels.has(key)) continue;
      missing.add(key);
      if (loaded.products.delete(sku)) products.add(sku);
      if (loaded.locations.delete(location)) locations.add(location);
    }
    const stocked = { products, locations, links: new Set<string>() };
    const kept = keepCatalogue(this.#parts.connection, stocked);
    loaded.keepCatalogue(
      await kept.catch((error: unknown) => {
        // Somebody who removes one of them does not come to an end.
        if (!(error instanceof LockTimeoutError)) throw error;
        const busy = {
          levels: missing,
          reservations: new Set<string>(),
          transfers: new Set<string>(),
        };
        throw new HeldLevelsError(busy, new Map());
      }),
    );
  }

  /** They are looked at, and not changed. */
  async #loadTransfersAt(): Promise<void> {
    const { transfersAt } = this.#needs;
    if (transfersAt === null) return;
    for (const transfer of await readOpenTransfers(this.#parts.connection)) {
      const isThere = transfer.from === transfersAt || transfer.to === transfersAt;
      if (isThere) this.#loaded.keepTransfer(transfer);
    }
  }

  /** A link removes a product here only if nobody has begun to have some. */
  async #assertNotStocked(): Promise<void> {
    const { levels, removable } = this.#needs;
    if (removable.size === 0) return;
    const missing = [...levels].filter(
      ([key, { sku }]) => removable.has(sku) && !this.#loaded.levels.has(key),
    );
    await assertStillMissing(
      this.#parts.connection,
      missing.map(([, name]) => name),
    );
  }
}
