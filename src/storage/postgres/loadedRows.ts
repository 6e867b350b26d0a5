import type { Location, Product } from '../../domain/catalogue.ts';
import { invariant } from '../../domain/invariant.ts';
import type { Link } from '../../domain/links/link.ts';
import { type Share, type ShareKey, shareKey } from '../../domain/links/share.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { type Level, type LevelKey, levelKey } from '../../domain/stock.ts';
import type { Transfer } from '../../domain/transfer.ts';
import { idempotencyMapKey, type KeyRecord, type Needs } from '../../ledger/store.ts';
import {
  keptLinesOf,
  lineOf,
  type ReservationColumns,
  reservationOf,
} from '../rows/reservations.ts';
import type { Locked, LockedLevel } from './lock.ts';
import { type CatalogueRows, writtenNames } from './lockCatalogue.ts';
import type { LockedRows } from './lockedRows.ts';
import type { ShortLevel } from './shortLevels.ts';

/** The rows that a commit has loaded so far, by name. Levels come first: reservations are kept by their numbers. */
export class LoadedRows {
  readonly products = new Map<string, Product>();
  readonly locations = new Map<string, Location>();
  readonly keys = new Map<string, KeyRecord>();
  readonly levels = new Map<LevelKey, Level>();
  readonly levelIds = new Map<LevelKey, number>();
  readonly reservations = new Map<string, Reservation>();
  readonly transfers = new Map<string, Transfer>();
  readonly links = new Map<string, Link>();
  readonly shares = new Map<ShareKey, Share>();
  /** Ids of reservations that were found and not kept, for not all of their levels are locked. */
  readonly unlocked: string[] = [];
  readonly #levelsById = new Map<number, Level>();
  #lines = 0;

  /** Lines of all reservations that were found. */
  get lines(): number {
    return this.#lines;
  }

  keepLocked({ levels, links, shares }: Locked): void {
    for (const level of levels) this.#keepLevel(level);
    for (const link of links) this.links.set(link.peer, link);
    for (const share of shares) this.shares.set(nameOf(share), share);
  }

  keepRead({ reservations, transfers, keys, ...catalogue }: LockedRows): void {
    for (const columns of reservations) this.keepReservation(columns);
    for (const transfer of transfers) this.keepTransfer(transfer);
    for (const record of keys) this.keys.set(idempotencyMapKey(record), record);
    this.keepCatalogue(catalogue);
  }

  /** What is to be written of the catalogue is as it was when it was locked, not as it was read before. */
  keepWritten(needs: Needs, taken: CatalogueRows): void {
    const { products, locations } = writtenNames(needs);
    for (const sku of products) this.products.delete(sku);
    for (const location of locations) this.locations.delete(location);
    this.keepCatalogue(taken);
  }

  keepCatalogue({ products, locations }: CatalogueRows): void {
    for (const product of products) this.products.set(product.sku, product);
    for (const location of locations) this.locations.set(location.location, location);
  }

  keepTransfer(transfer: Transfer): void {
    this.transfers.set(transfer.id, transfer);
  }

  keepReservation(columns: ReservationColumns): void {
    const kept = keptLinesOf(columns);
    this.#lines += kept.length;
    if (!kept.every(([level]) => this.#levelsById.has(level))) {
      this.unlocked.push(columns.id);
      return;
    }
    const lines = kept.map((line) => {
      const level = this.#levelsById.get(line[0]);
      invariant(level !== undefined, 'the levels of a reservation were locked');
      return lineOf(line, level);
    });
    this.reservations.set(columns.id, reservationOf(columns, lines));
  }

  /** Of the lines of reservations and the ends of transfers, the locations that are among `places`. */
  keepPlaces(places: readonly Location[]): void {
    if (places.length === 0) return;
    const named = this.#namedLocations();
    for (const place of places) {
      const { location } = place;
      if (named.has(location) && !this.locations.has(location)) this.locations.set(location, place);
    }
  }

  /** Levels of which fewer units are available than the commit wants. */
  shortLevels({ levels }: Needs): (ShortLevel & { readonly key: LevelKey })[] {
    const short = [];
    for (const [key, { wanted }] of levels) {
      const level = this.levelIds.get(key);
      const available = this.levels.get(key)?.available ?? 0;
      if (level !== undefined && available < wanted) {
        short.push({ key, level, missing: wanted - available });
      }
    }
    return short;
  }

  #keepLevel({ id, level }: LockedLevel): void {
    const key = levelKey(level.sku, level.location);
    this.levels.set(key, level);
    this.levelIds.set(key, id);
    this.#levelsById.set(id, level);
  }

  #namedLocations(): ReadonlySet<string> {
    const named = new Set<string>();
    for (const { lines } of this.reservations.values()) {
      for (const { location } of lines) named.add(location);
    }
    for (const { from, to } of this.transfers.values()) {
      if (from !== null) named.add(from);
      named.add(to);
    }
    return named;
  }
}

function nameOf({ peer, sku, location }: Share): ShareKey {
  return shareKey(peer, sku, location);
}
