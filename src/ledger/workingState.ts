import { book } from '../domain/book.ts';
import type { Location, Product } from '../domain/catalogue.ts';
import type { EventDraft, LedgerEvent, Movement, MovementDraft, Origin } from '../domain/events.ts';
import { isMovement } from '../domain/events.ts';
import {
  evolveLocation,
  evolveProduct,
  isAboutLocation,
  isAboutProduct,
} from '../domain/evolveCatalogue.ts';
import { evolveReservation } from '../domain/evolveReservation.ts';
import { evolveTransfer } from '../domain/evolveTransfer.ts';
import { invariant } from '../domain/invariant.ts';
import type { LevelName, Want } from '../domain/links/commands.ts';
import type { Link } from '../domain/links/link.ts';
import {
  concernsShare,
  emptyShare,
  type Share,
  type ShareKey,
  shareAfterOwn,
  shareKey,
} from '../domain/links/share.ts';
import type { LinkState } from '../domain/links/state.ts';
import type { Shortage } from '../domain/refusals.ts';
import type { Reservation } from '../domain/reservation.ts';
import { THIS_COMMIT } from '../domain/stamp.ts';
import type { UnitsInUse } from '../domain/state.ts';
import { emptyLevel, type Level, type LevelKey, levelKey } from '../domain/stock.ts';
import { isOpenTransfer, type Transfer } from '../domain/transfer.ts';
import { ChangedRows, UndoLog } from './changedRows.ts';
import {
  type IdempotencyKey,
  idempotencyMapKey,
  type KeyRecord,
  type LostDemand,
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
  readonly #undo = new UndoLog();
  readonly #levels: ChangedRows<Level>;
  readonly #reservations: ChangedRows<Reservation>;
  readonly #transfers: ChangedRows<Transfer>;
  readonly #products: ChangedRows<Product>;
  readonly #locations: ChangedRows<Location>;
  readonly #keys: ChangedRows<KeyRecord>;
  readonly #links: ChangedRows<Link>;
  readonly #shares: ChangedRows<Share>;
  /** Of each level the peers that own, or may own, units of it. */
  readonly #peersOf = new Map<LevelKey, Set<string>>();
  readonly #mirrored: MirroredEvent[] = [];
  readonly #superseded: Superseded[] = [];
  #releases = new Map<LevelKey, number>();
  readonly #lostDemand = new Map<LevelKey, LostDemand>();
  /** Units of shares that works of this commit are about to ask for. */
  readonly #aboutToAsk = new Map<ShareKey, number>();
  /** Levels that were stocked for the first time, whether that was taken back or not. */
  readonly #firstStocked: LevelName[] = [];
  #events: LedgerEvent[] = [];

  constructor(rows: Rows) {
    this.#rows = rows;
    this.#levels = new ChangedRows(rows.levels, this.#undo);
    this.#reservations = new ChangedRows(rows.reservations, this.#undo);
    this.#transfers = new ChangedRows(rows.transfers, this.#undo);
    this.#products = new ChangedRows(rows.products, this.#undo);
    this.#locations = new ChangedRows(rows.locations, this.#undo);
    this.#keys = new ChangedRows(rows.keys, this.#undo);
    this.#links = new ChangedRows(rows.links, this.#undo);
    this.#shares = new ChangedRows(rows.shares, this.#undo);
    for (const share of rows.shares.values()) this.#notePeer(share);
  }

  get now(): number {
    return this.#rows.now;
  }

  get eventCount(): number {
    return this.#events.length;
  }

  product(sku: string): Product | undefined {
    return this.#products.get(sku);
  }

  location(location: string): Location | undefined {
    return this.#locations.get(location);
  }

  level(sku: string, location: string): Level {
    return this.#levels.get(levelKey(sku, location)) ?? emptyLevel(sku, location);
  }

  reservation(id: string): Reservation | undefined {
    return this.#reservations.get(id);
  }

  transfer(id: string): Transfer | undefined {
    return this.#transfers.get(id);
  }

  /** Open ones from and to a location: those that were loaded, and those of this commit. */
  openTransfersAt(location: string): readonly Transfer[] {
    const made = this.#transfers.changes().keys();
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
    return this.#links.get(peer);
  }

  existingLink(peer: string): Link {
    const link = this.#links.get(peer);
    invariant(link !== undefined, () => `there is no link to ${JSON.stringify(peer)}`);
    return link;
  }

  setLink(link: Link): void {
    this.#links.set(link.peer, link);
  }

  share(peer: string, sku: string, location: string): Share {
    return this.#shares.get(shareKey(peer, sku, location)) ?? emptyShare(peer, sku, location);
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
    this.#shares.set(shareKey(share.peer, share.sku, share.location), share);
    this.#notePeer(share);
  }

  sharesOf(sku: string, location: string): readonly Share[] {
    const peers = this.#peersOf.get(levelKey(sku, location)) ?? [];
    return [...peers].map((peer) => this.share(peer, sku, location));
  }

  #notePeer({ peer, sku, location }: Share): void {
    const key = levelKey(sku, location);
    const peers = this.#peersOf.get(key) ?? new Set();
    this.#peersOf.set(key, peers.add(peer));
  }

  mirror(event: MirroredEvent): void {
    this.#mirrored.push(event);
  }

  supersede(superseded: Superseded): void {
    this.#superseded.push(superseded);
  }

  earliestReleaseAt(sku: string, location: string): number | null {
    const key = levelKey(sku, location);
    const stored = this.#rows.nextReleaseAt.get(key) ?? Number.POSITIVE_INFINITY;
    const made = this.#releases.get(key) ?? Number.POSITIVE_INFINITY;
    const earliest = Math.min(stored, made);
    return earliest === Number.POSITIVE_INFINITY ? null : earliest;
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

  /** Where the product of a line that leaves the location open may be: where it was stocked before, or by this commit. */
  stockedAt(sku: string): readonly string[] {
    const now = this.#firstStocked.filter((level) => level.sku === sku);
    const before = this.#rows.stockedAt.get(sku) ?? [];
    return [...new Set([...before, ...now.map(({ location }) => location)])];
  }

  keyRecord(key: IdempotencyKey): KeyRecord | undefined {
    return this.#keys.get(idempotencyMapKey(key));
  }

  keep(record: KeyRecord): void {
    this.#keys.set(idempotencyMapKey(record), record);
  }

  /** Makes what was decided happen: books movements, and evolves what the events belong to. */
  apply(drafts: readonly EventDraft[], origin: Origin): readonly LedgerEvent[] {
    const events = drafts.map((draft) => this.#append(draft, origin));
    const first = events[0];
    if (!first) return events;
    if (first.reservationId !== null) this.#evolveReservation(first.reservationId, events);
    for (const event of events) this.#evolveShare(event);
    const transferId = first.details?.transferId;
    if (transferId !== undefined) this.#evolveTransfer(transferId, events);
    if (!isMovement(first)) this.#evolveCatalogue(first);
    return events;
  }

  #append(draft: EventDraft, origin: Origin): LedgerEvent {
    const event = isMovement(draft) ? this.#book(draft, origin) : { ...draft, ...origin };
    this.#events.push(event);
    return event;
  }

  #book(draft: MovementDraft, { actor, requestId }: Origin): Movement {
    const before = this.level(draft.sku, draft.location);
    if (before.version === 0) this.#firstStocked.push(before);
    const level = book(before, draft);
    this.#levels.set(levelKey(draft.sku, draft.location), level);
    const { type, sku, location, quantity, from, to, reservationId, details } = draft;
    const { version, available, reserved, committed, unavailable } = level;
    return {
      type,
      sku,
      location,
      quantity,
      from,
      to,
      reservationId,
      details,
      version,
      balances: { available, reserved, committed, unavailable },
      actor,
      requestId,
    };
  }

  #evolveReservation(id: string, events: readonly LedgerEvent[]): void {
    const reservation = evolveReservation(this.reservation(id), events, THIS_COMMIT);
    this.#reservations.set(id, reservation);
    if (reservation.status !== 'held') return;
    // A hold that other nodes fill comes line by line; only an extension is about all of them.
    const movements = events.filter((event) => isMovement(event));
    const changed = movements.length > 0 ? movements : reservation.lines;
    for (const { sku, location } of changed) {
      const key = levelKey(sku, location);
      const earliest = this.#releases.get(key) ?? Number.POSITIVE_INFINITY;
      if (reservation.expiresAt < earliest) this.#releases.set(key, reservation.expiresAt);
    }
  }

  /** Adds to a new reservation what the log does not hold. */
  annotate(id: string, { reference, metadata }: Pick<Reservation, 'reference' | 'metadata'>): void {
    const reservation = this.reservation(id);
    invariant(reservation !== undefined, 'a reservation is annotated when it was made');
    if (reference === null && metadata === null) return;
    this.#reservations.set(id, { ...reservation, reference, metadata });
  }

  #evolveTransfer(id: string, events: readonly LedgerEvent[]): void {
    this.#transfers.set(id, evolveTransfer(this.transfer(id), events, THIS_COMMIT));
  }

  #evolveCatalogue(notice: LedgerEvent): void {
    const { sku, location } = notice;
    if (isAboutProduct(notice) && sku !== null) {
      this.#products.set(sku, evolveProduct(this.product(sku), { ...notice, sku }));
    }
    if (isAboutLocation(notice) && location !== null) {
      this.#locations.set(
        location,
        evolveLocation(this.location(location), { ...notice, location }),
      );
    }
  }

  /** What this node's own log says of what its peers own: what was passed to them, and asked of them. */
  #evolveShare(event: LedgerEvent): void {
    const peer = event.details?.peer;
    const { sku, location } = event;
    if (peer === undefined || sku === null || location === null || !concernsShare(event)) return;
    this.setShare(shareAfterOwn(this.share(peer, sku, location), event));
  }

  /** Demand that was turned away. It stays counted when an atomic work is taken back: the buyer went empty all the same. */
  countLostDemand(shortages: readonly Shortage[]): void {
    for (const shortage of shortages) {
      const { sku, requested, available } = shortage;
      const location = shortage.location ?? shortage.preferred;
      if (location === null) continue;
      const key = levelKey(sku, location);
      const known = this.#lostDemand.get(key);
      const requests = (known?.requests ?? 0) + 1;
      const units = (known?.units ?? 0) + requested - available;
      this.#lostDemand.set(key, { sku, location, requests, units });
    }
  }

  lostDemandSoFar(): ReadonlyMap<LevelKey, LostDemand> {
    return new Map(this.#lostDemand);
  }

  /** Nobody was turned away after all: the work will be decided again. */
  restoreLostDemand(lostDemand: ReadonlyMap<LevelKey, LostDemand>): void {
    this.#lostDemand.clear();
    for (const [key, lost] of lostDemand) this.#lostDemand.set(key, lost);
  }

  /** Runs `work`; when it answers false, what it changed is taken back, but for demand that was counted. */
  attempt(work: () => boolean): boolean {
    const eventCount = this.#events.length;
    const releases = [...this.#releases];
    this.#undo.record();
    const kept = work();
    if (kept) {
      this.#undo.forget();
      return true;
    }
    this.#undo.takeBack();
    this.#events = this.#events.slice(0, eventCount);
    this.#releases = new Map(releases);
    return false;
  }

  writes(): Writes {
    return {
      events: this.#events,
      levels: this.#levels.changes(),
      reservations: this.#reservations.changes(),
      transfers: this.#transfers.changes(),
      products: this.#products.changes(),
      locations: this.#locations.changes(),
      links: this.#links.changes(),
      shares: this.#shares.changes(),
      superseded: this.#superseded,
      mirrored: this.#mirrored,
      keys: [...this.#keys.changed()],
      lostDemand: [...this.#lostDemand.values()],
    };
  }
}
