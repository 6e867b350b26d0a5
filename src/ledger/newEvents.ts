import { book } from '../domain/book.ts';
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
import type { LevelName } from '../domain/links/commands.ts';
import { concernsShare, shareAfterOwn } from '../domain/links/share.ts';
import type { Reservation } from '../domain/reservation.ts';
import { THIS_COMMIT } from '../domain/stamp.ts';
import { levelKey } from '../domain/stock.ts';
import type { ChangedTables } from './changedTables.ts';
import type { Erasable } from './store.ts';

/** The events of one commit, in the order in which they happened, and what each does to the rows. */
export class NewEvents {
  readonly #tables: ChangedTables;
  /** Levels that were stocked for the first time, whether that was taken back or not. */
  readonly #firstStocked: LevelName[] = [];
  #events: LedgerEvent[] = [];

  constructor(tables: ChangedTables) {
    this.#tables = tables;
  }

  get all(): readonly LedgerEvent[] {
    return this.#events;
  }

  /** Forgets all but the first `count`; the rows are taken back by the undo log. */
  takeBackTo(count: number): void {
    this.#events = this.#events.slice(0, count);
  }

  /** Locations at which the product was stocked for the first time. */
  firstStockedAt(sku: string): readonly string[] {
    return this.#firstStocked.filter((level) => level.sku === sku).map(({ location }) => location);
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
    const before = this.#tables.level(draft.sku, draft.location);
    if (before.version === 0) this.#firstStocked.push(before);
    const level = book(before, draft);
    this.#tables.levels.set(levelKey(draft.sku, draft.location), level);
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
    const { reservations } = this.#tables;
    const reservation = evolveReservation(reservations.get(id), events, THIS_COMMIT);
    reservations.set(id, reservation);
    if (reservation.status === 'held') this.#noteRelease(reservation, events);
  }

  #noteRelease({ lines, expiresAt }: Reservation, events: readonly LedgerEvent[]): void {
    const { releases } = this.#tables;
    // A hold that other nodes fill comes line by line; only an extension is about all of them.
    const movements = events.filter((event) => isMovement(event));
    const changed = movements.length > 0 ? movements : lines;
    for (const { sku, location } of changed) {
      const key = levelKey(sku, location);
      const earliest = releases.get(key) ?? Number.POSITIVE_INFINITY;
      if (expiresAt < earliest) releases.set(key, expiresAt);
    }
  }

  /** Adds to a new reservation what the log does not hold. */
  annotate(id: string, { reference, metadata }: Erasable): void {
    const { reservations } = this.#tables;
    const reservation = reservations.get(id);
    invariant(reservation !== undefined, 'a reservation is annotated when it was made');
    if (reference === null && metadata === null) return;
    reservations.set(id, { ...reservation, reference, metadata });
  }

  #evolveTransfer(id: string, events: readonly LedgerEvent[]): void {
    const { transfers } = this.#tables;
    transfers.set(id, evolveTransfer(transfers.get(id), events, THIS_COMMIT));
  }

  #evolveCatalogue(notice: LedgerEvent): void {
    const { products, locations } = this.#tables;
    const { sku, location } = notice;
    if (isAboutProduct(notice) && sku !== null) {
      products.set(sku, evolveProduct(products.get(sku), { ...notice, sku }));
    }
    if (isAboutLocation(notice) && location !== null) {
      locations.set(location, evolveLocation(locations.get(location), { ...notice, location }));
    }
  }

  /** What this node's own log says of what its peers own: what was passed to them, and asked of them. */
  #evolveShare(event: LedgerEvent): void {
    const { shares } = this.#tables;
    const peer = event.details?.peer;
    const { sku, location } = event;
    if (peer === undefined || sku === null || location === null || !concernsShare(event)) return;
    shares.set(shareAfterOwn(shares.get(peer, sku, location), event));
  }
}
