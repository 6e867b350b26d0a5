import { book } from '../domain/book.ts';
import type { Location, Product } from '../domain/catalogue.ts';
import { isMovement, type LoggedEvent, type Movement } from '../domain/events.ts';
import {
  evolveLocation,
  evolveProduct,
  isAboutLocation,
  isAboutProduct,
} from '../domain/evolveCatalogue.ts';
import { evolveReservation } from '../domain/evolveReservation.ts';
import { invariant } from '../domain/invariant.ts';
import type { Link } from '../domain/links/link.ts';
import type { Reservation } from '../domain/reservation.ts';
import {
  type Balances,
  emptyLevel,
  type LevelKey,
  levelKey,
  type OutsideAccount,
} from '../domain/stock.ts';
import type { Transfer } from '../domain/transfer.ts';
import type { Books, LevelRow } from './books.ts';
import { UnreadableEventError, UnreadableRowError } from './errors.ts';
import { type Findings, levelName } from './findings.ts';
import { type Folded, guard, Histories, type HistoryKind } from './foldHistories.ts';
import { PeersFold } from './foldPeers.ts';
import { TransferHistory } from './foldTransfers.ts';
import { assertPath } from './movementPaths.ts';

/** A time at which something was written: all of its events, and no more, stand at or before `position`. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly position: number;
  /** Position of the last event of the moment before. */
  readonly before: number;
}

/** Takes what no later event can change, so that the fold need not keep it. */
export interface FoldSink {
  momentsEnded(ended: readonly Moment[]): Promise<void>;
  reservationsEnded(ended: readonly Folded<Reservation>[]): Promise<void>;
  /** A reservation that had ended before was redacted: the one thing that can still happen to it. */
  redacted(id: string, event: LoggedEvent): Promise<void>;
  transfersEnded(ended: readonly Folded<Transfer>[]): Promise<void>;
}

/** Tells how far a walk through the log has come, in events. */
export type OnProgress = (done: number, total: number) => void;

const EVENTS_PER_PAGE = 1_000;

/**
 * Walks the whole log in order and folds it into what it says about every row; contradictions within it become
 * findings. `verify` compares the result with the rows and `rebuild` writes it, so both mean the same by it.
 * Memory is bounded by the levels, the shares, the catalogue, what is open and, on a node with links, its transfers; other
 * reservations and transfers go to `sink` when they have ended.
 */
export async function foldLog(
  books: Pick<Books, 'events' | 'links' | 'mirror' | 'counts'>,
  findings: Findings,
  sink: FoldSink,
  onProgress: OnProgress,
): Promise<Fold> {
  const fold = new Fold(findings, await linksOf(books));
  const { events: total } = await books.counts();
  let isEnd = false;
  while (!isEnd) {
    isEnd = !(await foldPage(books, fold));
    if (isEnd) fold.end();
    await fold.deliver(sink);
    onProgress(fold.events, total);
  }
  await fold.peers.addMirror(books);
  return fold;
}

/** Those that cannot be read are found when what is mirrored is looked at. */
async function linksOf(books: Pick<Books, 'links'>): Promise<readonly Link[]> {
  try {
    return await books.links();
  } catch (error) {
    if (!(error instanceof UnreadableRowError)) throw error;
    return [];
  }
}

/** @returns whether there was anything more */
async function foldPage(books: Pick<Books, 'events'>, fold: Fold): Promise<boolean> {
  try {
    const page = await books.events(fold.position, EVENTS_PER_PAGE);
    for (const event of page) fold.add(event);
    return page.length > 0;
  } catch (error) {
    if (!(error instanceof UnreadableEventError)) throw error;
    for (const event of error.before) fold.add(event);
    fold.skip(error.position);
    return true;
  }
}

const RESERVATION: HistoryKind<Reservation> = {
  name: 'reservation',
  evolve: evolveReservation,
  isOpen: ({ status }) => status === 'held' || status === 'confirmed',
};

/** The log up to some position, folded. */
export class Fold {
  position = 0;
  events = 0;
  readonly levels = new Map<LevelKey, Folded<LevelRow>>();
  readonly products = new Map<string, Folded<Product>>();
  readonly locations = new Map<string, Folded<Location>>();
  readonly reservations: Histories<Reservation>;
  readonly transfers: Histories<Transfer>;
  readonly peers: PeersFold;
  /** What each outside account has gained. Big integers, for they add up all there ever was. */
  readonly outside: Record<OutsideAccount, bigint> = {
    supplier: 0n,
    customer: 0n,
    shrinkage: 0n,
    transit: 0n,
  };

  readonly #findings: Findings;
  readonly #transferHistory: TransferHistory;
  #time = 0;
  #lastMoment = 0;
  #moments: Moment[] = [];
  #redacted: { readonly id: string; readonly event: LoggedEvent }[] = [];

  /** @param links of this node; their goods may be sent by, or to, other nodes */
  constructor(findings: Findings, links: readonly Link[]) {
    this.#findings = findings;
    this.reservations = new Histories(RESERVATION, findings);
    this.#transferHistory = new TransferHistory(links);
    this.transfers = new Histories(this.#transferHistory, findings);
    this.peers = new PeersFold(findings);
  }

  /** Units under way in transfers by what other nodes did: sent by them, less what they have accounted for. */
  get sentElsewhere(): bigint {
    return this.#transferHistory.sentElsewhere;
  }

  add(event: LoggedEvent): void {
    const { position, time } = event;
    if (time !== this.#time) this.end();
    this.#follow(position);
    if (time < this.#time) {
      this.#findings.add('time_backward', position, 'log', `not before ${this.#time}`, time);
    }
    this.#time = time;
    const subjectOf = () => 'log';
    guard(this.#findings, 'history_impossible', position, subjectOf, () => this.#take(event));
  }

  /** An event that cannot be read: what it did is missed where it should have left something. */
  skip(position: number): void {
    this.#follow(position);
    this.#findings.add('event_unreadable', position, 'log', 'an event', 'what cannot be read');
  }

  #take(event: LoggedEvent): void {
    if (isMovement(event)) this.#move(event);
    else this.#note(event);
    this.peers.add(event);
    const { reservationId, details } = event;
    if (reservationId !== null) this.#addToReservation(reservationId, event);
    if (details?.transferId !== undefined) this.transfers.add(details.transferId, event);
  }

  /** No event of the same moment will follow. */
  end(): void {
    this.reservations.endMoment();
    this.transfers.endMoment();
    if (this.position === this.#lastMoment) return;
    this.#moments.push({ time: this.#time, position: this.position, before: this.#lastMoment });
    this.#lastMoment = this.position;
  }

  /** Hands over what has ended since the last time. */
  async deliver(sink: FoldSink): Promise<void> {
    const moments = this.#moments;
    const redacted = this.#redacted;
    this.#moments = [];
    this.#redacted = [];
    await sink.momentsEnded(moments);
    await sink.reservationsEnded(this.reservations.takeEnded());
    for (const { id, event } of redacted) await sink.redacted(id, event);
    await sink.transfersEnded(this.transfers.takeEnded());
  }

  #follow(position: number): void {
    const next = this.position + 1;
    if (position !== next) this.#findings.add('position_gap', position, 'log', next, position);
    this.position = position;
    this.events++;
  }

  #move(event: LoggedEvent & Movement): void {
    const { sku, location, position, version, balances, time } = event;
    this.#checkMovement(event);
    // Goes on from what the event says, so that one wrong value is not found again in every event after it.
    const row = { sku, location, ...balances, version, updatedAt: time };
    this.levels.set(levelKey(sku, location), { row, position });
    if (isOutside(event.from)) this.outside[event.from] -= BigInt(event.quantity);
    if (isOutside(event.to)) this.outside[event.to] += BigInt(event.quantity);
  }

  #checkMovement(event: LoggedEvent & Movement): void {
    const { sku, location, position, version, balances } = event;
    const before = this.levels.get(levelKey(sku, location))?.row ?? emptyLevel(sku, location);
    const subjectOf = () => levelName(sku, location);
    const next = before.version + 1;
    if (version !== next) this.#findings.add('version_gap', position, subjectOf(), next, version);
    const after = guard(this.#findings, 'movement_impossible', position, subjectOf, () => {
      assertPath(event);
      if (before.version === 0) this.#assertKnown(event);
      return book(before, event);
    });
    if (after === undefined || sameBalances(after, balances)) return;
    const [expected, found] = [balancesText(after), balancesText(balances)];
    this.#findings.add('balances_differ', position, subjectOf(), expected, found);
  }

  /** Stock is only where product and location are known; nothing in use can be removed, so the first movement tells. */
  #assertKnown({ sku, location }: Movement): void {
    invariant(this.products.has(sku), () => `there is no product ${JSON.stringify(sku)}`);
    invariant(
      this.locations.has(location),
      () => `there is no location ${JSON.stringify(location)}`,
    );
  }

  #note(event: LoggedEvent): void {
    const { sku, location, position } = event;
    if (isAboutProduct(event) && sku !== null) {
      const before = this.products.get(sku)?.row;
      setRow(this.products, sku, evolveProduct(before, { ...event, sku }), position);
    }
    if (isAboutLocation(event) && location !== null) {
      const before = this.locations.get(location)?.row;
      setRow(this.locations, location, evolveLocation(before, { ...event, location }), position);
    }
  }

  #addToReservation(id: string, event: LoggedEvent): void {
    const hasEnded = event.type === 'redact' && !this.reservations.has(id);
    if (hasEnded) this.#redacted.push({ id, event });
    else this.reservations.add(id, event);
  }
}

function setRow<T>(
  rows: Map<string, Folded<T>>,
  key: string,
  row: T | undefined,
  position: number,
): void {
  if (row === undefined) rows.delete(key);
  else rows.set(key, { row, position });
}

function sameBalances(one: Balances, other: Balances): boolean {
  return (
    one.available === other.available &&
    one.reserved === other.reserved &&
    one.committed === other.committed &&
    one.unavailable === other.unavailable
  );
}

function balancesText({ available, reserved, committed, unavailable }: Balances): string {
  return `available ${available}, reserved ${reserved}, committed ${committed}, unavailable ${unavailable}`;
}

function isOutside(account: string): account is OutsideAccount {
  return (
    account === 'supplier' ||
    account === 'customer' ||
    account === 'shrinkage' ||
    account === 'transit'
  );
}
