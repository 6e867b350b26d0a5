import type { Location, Product } from '../domain/catalogue.ts';
import type { EventDraft, LedgerEvent, Origin } from '../domain/events.ts';
import { invariant } from '../domain/invariant.ts';
import type { Want } from '../domain/links/commands.ts';
import type { Link } from '../domain/links/link.ts';
import { type Share, type ShareKey, shareKey } from '../domain/links/share.ts';
import type { LinkState } from '../domain/links/state.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { StockedPlace } from '../domain/sourcing/stockedPlace.ts';
import type { UnitsInUse } from '../domain/state.ts';
import { type Level, levelKey } from '../domain/stock.ts';
import { isOpenTransfer, type Transfer } from '../domain/transfer.ts';
import { ChangedTables } from './changedTables.ts';
import { LostDemandCount } from './lostDemandCount.ts';
import { NewEvents } from './newEvents.ts';
import {
  type Erasable,
  type IdempotencyKey,
  idempotencyMapKey,
  type KeyRecord,
  type MirroredEvent,
  type Rows,
  type Superseded,
  type Writes,
} from './store.ts';

/**
 * The state that the commands of one commit are decided on: the loaded rows, and over them what the commands before
 * have changed. It collects what the commit has to write.
 */
export class WorkingState implements LinkState {
  readonly #rows: Rows;
  readonly #tables: ChangedTables;
  readonly #events: NewEvents;
  readonly lostDemand = new LostDemandCount();
  readonly #mirrored: MirroredEvent[] = [];
  readonly #superseded: Superseded[] = [];
  /** Units of shares that works of this commit are about to ask for. */
  readonly #aboutToAsk = new Map<ShareKey, number>();

  constructor(rows: Rows) {
    this.#rows = rows;
    this.#tables = new ChangedTables(rows);
    this.#events = new NewEvents(this.#tables);
  }

  get now(): number {
    return this.#rows.now;
  }

  get eventCount(): number {
    return this.#events.all.length;
  }

  product(sku: string): Product | undefined {
    return this.#tables.products.get(sku);
  }

  location(location: string): Location | undefined {
    return this.#tables.locations.get(location);
  }

  level(sku: string, location: string): Level {
    return this.#tables.level(sku, location);
  }

  reservation(id: string): Reservation | undefined {
    return this.#tables.reservations.get(id);
  }

  transfer(id: string): Transfer | undefined {
    return this.#tables.transfers.get(id);
  }

  /** Open ones from and to a location: those that were loaded, and those of this commit. */
  openTransfersAt(location: string): readonly Transfer[] {
    const made = this.#tables.transfers.changes().keys();
    const ids = new Set([...this.#rows.transfers.keys(), ...made]);
    return [...ids]
      .map((id) => this.transfer(id))
      .filter((transfer) => transfer !== undefined)
      .filter((transfer) => isOpenTransfer(transfer))
      .filter(({ from, to }) => from === location || to === location);
  }

  nodeOfReservation(id: string): string | undefined {
    return this.#rows.nodeOfReservation.get(id);
  }

  peers(): readonly string[] {
    const stores = [...this.#rows.links.values()].filter(
      ({ peerRole, status }) => peerRole === 'store' && status === 'active',
    );
    return stores.map(({ peer }) => peer);
  }

  hub(): string | undefined {
    return this.#rows.hub ?? undefined;
  }

  isLinked(): boolean {
    return this.#rows.linked;
  }

  link(peer: string): Link | undefined {
    return this.#tables.links.get(peer);
  }

  existingLink(peer: string): Link {
    const link = this.#tables.links.get(peer);
    invariant(link !== undefined, () => `there is no link to ${JSON.stringify(peer)}`);
    return link;
  }

  setLink(link: Link): void {
    this.#tables.links.set(link.peer, link);
  }

  share(peer: string, sku: string, location: string): Share {
    return this.#tables.shares.get(peer, sku, location);
  }

  /** Whether this commit meets anything that other nodes have; otherwise nobody needs to be asked. */
  get meetsPeers(): boolean {
    if (this.#rows.shares.size > 0) return true;
    for (const { lines } of this.#rows.reservations.values()) {
      if (lines.some(({ passed }) => passed !== undefined)) return true;
    }
    return false;
  }

  setShare(share: Share): void {
    this.#tables.shares.set(share);
  }

  sharesOf(sku: string, location: string): readonly Share[] {
    return this.#tables.shares.ofLevel(sku, location);
  }

  mirror(event: MirroredEvent): void {
    this.#mirrored.push(event);
  }

  supersede(superseded: Superseded): void {
    this.#superseded.push(superseded);
  }

  earliestReleaseAt(sku: string, location: string): number | null {
    return this.#tables.releases.get(levelKey(sku, location)) ?? null;
  }

  productInUse(): UnitsInUse {
    return this.#inUse();
  }

  locationInUse(): UnitsInUse {
    return this.#inUse();
  }

  #inUse(): UnitsInUse {
    const { inUse } = this.#rows;
    invariant(
      inUse !== null,
      'a removal has a commit to itself, for which its stock was looked up',
    );
    return inUse;
  }

  /** Holds of the level whose time was over when the commit began. */
  dueHolds(sku: string, location: string): readonly string[] {
    return this.#rows.dueHolds.get(levelKey(sku, location)) ?? [];
  }

  aboutToAsk(share: ShareKey): number {
    return this.#aboutToAsk.get(share) ?? 0;
  }

  /** Notes what a work that was left undone will ask of other nodes. */
  willAsk(wants: readonly Want[]): void {
    for (const { peer, sku, location, units } of wants) {
      const key = shareKey(peer, sku, location);
      this.#aboutToAsk.set(key, (this.#aboutToAsk.get(key) ?? 0) + units);
    }
  }

  /** As it was read, but for the levels that were loaded: those are as this commit has left them so far. */
  stockedAt(sku: string): readonly StockedPlace[] {
    const places = new Map<string, StockedPlace>();
    for (const location of this.#events.firstStockedAt(sku)) {
      const { available } = this.level(sku, location);
      places.set(location, { location, available, releaseAt: null, elsewhere: 0 });
    }
    for (const place of this.#rows.stockedAt.get(sku) ?? []) {
      const level = this.#tables.levels.get(levelKey(sku, place.location));
      places.set(place.location, level ? { ...place, available: level.available } : place);
    }
    return [...places.values()];
  }

  keyRecord(key: IdempotencyKey): KeyRecord | undefined {
    return this.#tables.keys.get(idempotencyMapKey(key));
  }

  keep(record: KeyRecord): void {
    this.#tables.keys.set(idempotencyMapKey(record), record);
  }

  /** Makes what was decided happen. */
  apply(drafts: readonly EventDraft[], origin: Origin): readonly LedgerEvent[] {
    return this.#events.apply(drafts, origin);
  }

  /** Adds to a new reservation what the log does not hold. */
  annotate(id: string, erasable: Erasable): void {
    this.#events.annotate(id, erasable);
  }

  /** Runs `work`; when it answers false, what it changed is taken back, but for demand that was counted. */
  attempt(work: () => boolean): boolean {
    const { undo } = this.#tables;
    const { eventCount } = this;
    undo.record();
    const kept = work();
    if (kept) {
      undo.forget();
      return true;
    }
    undo.takeBack();
    this.#events.takeBackTo(eventCount);
    return false;
  }

  writes(): Writes {
    const { levels, reservations, transfers, products, locations, links, shares, keys } =
      this.#tables;
    return {
      events: this.#events.all,
      levels: levels.changes(),
      reservations: reservations.changes(),
      transfers: transfers.changes(),
      products: products.changes(),
      locations: locations.changes(),
      links: links.changes(),
      shares: shares.changes(),
      superseded: this.#superseded,
      mirrored: this.#mirrored,
      keys: [...keys.changed()],
      lostDemand: this.lostDemand.all(),
    };
  }
}
