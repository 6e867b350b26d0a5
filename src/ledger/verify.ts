import type { LoggedEvent } from '../domain/events.ts';
import type { Reservation } from '../domain/reservation.ts';
import { type OutsideAccount, onHand } from '../domain/stock.ts';
import type { Transfer } from '../domain/transfer.ts';
import type { BookCounts, Books, BooksStore, LevelRow } from './books.ts';
import { UnreadableRowError } from './errors.ts';
import { type Finding, type FindingCode, Findings, levelName } from './findings.ts';
import { type Fold, type FoldSink, foldLog, type Moment, type OnProgress } from './fold.ts';
import type { Folded } from './foldHistories.ts';
import { holdCount, type Promised, promisedUnits, unitsOnTheirWay } from './openSums.ts';
import {
  type Difference,
  difference,
  levelFields,
  locationFields,
  productFields,
  reservationFields,
  shareFields,
  transferFields,
} from './rowDifferences.ts';

export interface VerifyReport {
  /** Position of the last event that was looked at. */
  readonly position: number;
  readonly events: number;
  /** Rows that the log explains. */
  readonly levels: number;
  readonly reservations: number;
  readonly transfers: number;
  readonly products: number;
  readonly locations: number;
  readonly shares: number;
  /** Units in all levels, and what each outside account has gained. Together they are 0. */
  readonly onHand: bigint;
  readonly outside: Readonly<Record<OutsideAccount, bigint>>;
  /** The first ones, at most `FINDINGS_KEPT_MAX`. */
  readonly findings: readonly Finding[];
  /** All of them. */
  readonly findingCount: number;
}

/** Rows that are read from the store at the same time. */
const ROWS_AT_A_TIME = 200;

/**
 * Checks the books against themselves: walks the log in order, recomputes every balance, and compares what it says
 * with each row. Changes nothing. Every difference is a finding; an exception says that the store could not be read.
 */
export function verifyBooks(
  store: BooksStore,
  onProgress: OnProgress = () => undefined,
): Promise<VerifyReport> {
  return store.inspect((books) => new Verification(books).run(onProgress));
}

const COUNTED_KINDS = [
  'levels',
  'reservations',
  'transfers',
  'products',
  'locations',
  'shares',
] as const;
type CountedKind = (typeof COUNTED_KINDS)[number];

class Verification implements FoldSink {
  readonly #books: Books;
  readonly #findings = new Findings();
  /** Rows that were found for what the log tells. */
  readonly #explained: Record<CountedKind, number> = {
    levels: 0,
    reservations: 0,
    transfers: 0,
    products: 0,
    locations: 0,
    shares: 0,
  };
  /** Ended reservations that were changed after their end, with that time: only a redaction explains it. */
  readonly #changedLater = new Map<string, Folded<Reservation>>();
  #onHand = 0n;

  constructor(books: Books) {
    this.#books = books;
  }

  async run(onProgress: OnProgress): Promise<VerifyReport> {
    const fold = await foldLog(this.#books, this.#findings, this, onProgress);
    await eachOf(fold.reservations.open.values(), (open) => this.#checkReservation(open, false));
    await this.transfersEnded([...fold.transfers.open.values()]);
    for (const row of this.#changedLater.values()) this.#reportLaterChange(row);
    await this.#checkLevels(fold);
    await this.#checkCatalogue(fold);
    await this.#checkShares(fold);
    this.#checkCounts(fold, await this.#books.counts());
    this.#checkSums(fold);
    return this.#report(fold);
  }

  async momentsEnded(ended: readonly Moment[]): Promise<void> {
    await eachOf(ended, async ({ time, position, before }) => {
      const expected = { atItsTime: position, justBefore: before };
      const [atItsTime, justBefore] = await Promise.all([
        this.#books.positionAt(time),
        this.#books.positionAt(time - 1),
      ]);
      const differs = difference(expected, { atItsTime, justBefore });
      this.#add('time_index_differs', position, `time ${time}`, differs);
    });
  }

  async reservationsEnded(ended: readonly Folded<Reservation>[]): Promise<void> {
    await eachOf(ended, (reservation) => this.#checkReservation(reservation, true));
  }

  async redacted(id: string, { time, position }: LoggedEvent): Promise<void> {
    const subject = `reservation ${id}`;
    const row = await this.#found(null, position, subject, this.#books.reservation(id));
    if (row === undefined || row === null) return; // Found when it ended.
    if (row.updatedAt === time) this.#changedLater.delete(id);
    const expected = `updatedAt ${time} or later, no reference, no metadata`;
    const isErased = row.reference === null && row.metadata === null;
    if (isErased && row.updatedAt >= time) return;
    const found = `updatedAt ${row.updatedAt}, ${isErased ? 'erased' : 'not erased'}`;
    this.#findings.add('reservation_differs', position, subject, expected, found);
  }

  async transfersEnded(ended: readonly Folded<Transfer>[]): Promise<void> {
    await eachOf(ended, async ({ row, position }) => {
      const subject = `transfer ${row.id}`;
      const read = this.#books.transfer(row.id);
      const found = await this.#found('transfers', position, subject, read);
      if (found === null) return;
      const differs = difference(transferFields(row), found && transferFields(found));
      this.#add('transfer_differs', position, subject, differs);
    });
  }

  async #checkReservation(told: Folded<Reservation>, hasEnded: boolean): Promise<void> {
    const { row, position } = told;
    const subject = `reservation ${row.id}`;
    const read = this.#books.reservation(row.id);
    const found = await this.#found('reservations', position, subject, read);
    if (found === null) return;
    const differs = difference(reservationFields(row), found && reservationFields(found));
    this.#add('reservation_differs', position, subject, differs);
    if (row.status === 'held') await this.#checkHolds(told);
    if (found === undefined || found.updatedAt === row.updatedAt) return;
    const later = { row: found, position };
    if (hasEnded && found.updatedAt > row.updatedAt) this.#changedLater.set(row.id, later);
    else this.#reportLaterChange(later);
  }

  /** A hold that stands at another time than its reservation says would come back too early or never. */
  async #checkHolds({ row, position }: Folded<Reservation>): Promise<void> {
    const { id: reservationId, expiresAt, lines } = row;
    await eachOf(lines, async ({ sku, location, quantity }) => {
      const held = await this.#books.hold({ sku, location, reservationId, expiresAt });
      const subject = `hold of reservation ${reservationId}, ${levelName(sku, location)}`;
      const found = held === undefined ? undefined : { quantity: held };
      this.#add(
        'hold_differs',
        position,
        subject,
        difference({ quantity, expiresAt }, found && { ...found, expiresAt }),
      );
    });
  }

  #reportLaterChange({ row, position }: Folded<Reservation>): void {
    const subject = `reservation ${row.id}`;
    const found = `updatedAt ${row.updatedAt}`;
    this.#findings.add(
      'reservation_differs',
      position,
      subject,
      'the time of its newest event',
      found,
    );
  }

  async #checkLevels(fold: Fold): Promise<void> {
    const promised = promisedUnits(fold.reservations.open.values());
    await eachOf(fold.levels, ([key, level]) =>
      this.#checkLevel(level, promised.get(key) ?? { reserved: 0, committed: 0 }),
    );
  }

  async #checkLevel({ row, position }: Folded<LevelRow>, promised: Promised): Promise<void> {
    const { sku, location, reserved, committed } = row;
    const subject = levelName(sku, location);
    const read = this.#books.level(sku, location);
    const found = await this.#found('levels', position, subject, read);
    if (found === null) return;
    if (found) this.#onHand += BigInt(onHand(found));
    this.#add(
      'level_differs',
      position,
      subject,
      difference(levelFields(row), found && levelFields(found)),
    );
    const held = await this.#books.heldUnits(sku, location);
    this.#add('hold_differs', position, subject, difference({ held: reserved }, { held }));
    const told = { reserved, committed };
    this.#add('promise_differs', position, subject, difference({ ...promised }, told));
  }

  async #checkCatalogue({ products, locations }: Fold): Promise<void> {
    await eachOf(products.values(), async ({ row, position }) => {
      const subject = `product ${JSON.stringify(row.sku)}`;
      const read = this.#books.product(row.sku);
      const found = await this.#found('products', position, subject, read);
      if (found === null) return;
      const differs = difference(productFields(row), found && productFields(found));
      this.#add('product_differs', position, subject, differs);
    });
    await eachOf(locations.values(), async ({ row, position }) => {
      const subject = `location ${JSON.stringify(row.location)}`;
      const read = this.#books.location(row.location);
      const found = await this.#found('locations', position, subject, read);
      if (found === null) return;
      const differs = difference(locationFields(row), found && locationFields(found));
      this.#add('location_differs', position, subject, differs);
    });
  }

  async #checkShares({ peers }: Fold): Promise<void> {
    await eachOf(peers.shares.values(), async ({ row, position }) => {
      const { peer, sku, location } = row;
      const subject = `share of ${JSON.stringify(peer)} in ${levelName(sku, location)}`;
      const read = this.#books.share({ peer, sku, location });
      const found = await this.#found('shares', position, subject, read);
      if (found === null) return;
      const differs = difference(shareFields(row), found && shareFields(found));
      this.#add('share_differs', position, subject, differs);
    });
  }

  #checkCounts(fold: Fold, counts: BookCounts): void {
    const { head, events } = counts;
    const last = { position: fold.position, events: fold.events };
    this.#add(
      'head_differs',
      fold.position,
      'head of the log',
      difference(last, { position: head, events }),
    );
    for (const kind of COUNTED_KINDS) {
      this.#checkCount(kind, this.#explained[kind], counts[kind]);
    }
    this.#checkCount('holds', holdCount(fold.reservations.open.values()), counts.holds);
  }

  /** Rows that are missing were found one by one; what is left over, nobody can name without the log. */
  #checkCount(kind: string, expected: number, found: number): void {
    if (expected !== found) this.#findings.add('row_unexplained', null, kind, expected, found);
  }

  /**
   * Units in transit are under way in a transfer, as far as this node has sent or received them, or were passed to
   * another node.
   */
  #checkSums({ outside, transfers, sentElsewhere, peers, position }: Fold): void {
    const gained = outside.supplier + outside.customer + outside.shrinkage + outside.transit;
    if (this.#onHand !== -gained) {
      this.#findings.add('units_not_conserved', position, 'units on hand', -gained, this.#onHand);
    }
    const onTheWay = unitsOnTheirWay(transfers.open.values()) - sentElsewhere + peers.lent;
    if (outside.transit !== onTheWay) {
      this.#findings.add(
        'transit_differs',
        position,
        'units in transit',
        onTheWay,
        outside.transit,
      );
    }
  }

  /**
   * Counts a row that is there.
   * @param kind null for a row that was counted before
   * @returns null for a row that cannot be read, which is a finding
   */
  async #found<T>(
    kind: CountedKind | null,
    position: number,
    subject: string,
    read: Promise<T | undefined>,
  ): Promise<T | undefined | null> {
    const found = await read.catch(orNull);
    if (found === null) {
      this.#findings.add('row_unreadable', position, subject, 'a row', 'what cannot be read');
    }
    if (kind !== null && found !== undefined) this.#explained[kind]++;
    return found;
  }

  #add(code: FindingCode, position: number, subject: string, differs: Difference | null): void {
    if (differs) this.#findings.add(code, position, subject, differs.expected, differs.found);
  }

  #report({ position, events, outside }: Fold): VerifyReport {
    const { kept: findings, count: findingCount } = this.#findings;
    const onHandUnits = this.#onHand;
    return {
      position,
      events,
      ...this.#explained,
      onHand: onHandUnits,
      outside,
      findings,
      findingCount,
    };
  }
}

function orNull(error: unknown): null {
  if (error instanceof UnreadableRowError) return null;
  throw error;
}

/** Checks rows a few at a time, so that neither one answer after the other is waited for nor all are asked at once. */
async function eachOf<T>(rows: Iterable<T>, check: (row: T) => Promise<void>): Promise<void> {
  let checks: Promise<void>[] = [];
  for (const row of rows) {
    checks.push(check(row));
    if (checks.length < ROWS_AT_A_TIME) continue;
    await Promise.all(checks);
    checks = [];
  }
  await Promise.all(checks);
}
