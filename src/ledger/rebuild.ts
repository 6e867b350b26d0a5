import type { LoggedEvent } from '../domain/events.ts';
import { evolveReservation } from '../domain/evolveReservation.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { Transfer } from '../domain/transfer.ts';
import type { BooksStore, BooksWriter, RebuiltBooks } from './books.ts';
import { type Finding, Findings } from './findings.ts';
import { type Fold, type FoldSink, foldLog, type OnProgress } from './fold.ts';
import type { Folded } from './foldHistories.ts';

/** How many rows were made. */
export interface RebuildReport {
  readonly events: number;
  readonly levels: number;
  readonly reservations: number;
  readonly transfers: number;
  readonly products: number;
  readonly locations: number;
  readonly shares: number;
}

/** The log contradicts itself, so no rows can be made from it; they were left as they stood. */
export class UnsoundLogError extends Error {
  override readonly name = 'UnsoundLogError';
  readonly findings: readonly Finding[];

  constructor({ kept, count }: Findings) {
    const first = kept[0];
    const where = first ? `; the first at position ${first.position}: ${first.code}` : '';
    const places = count === 1 ? '1 place' : `${count} places`;
    super(`the log contradicts itself in ${places}${where}; nothing was rebuilt`);
    this.findings = kept;
  }
}

/**
 * Makes all rows anew from the log, and those of what peers own from what is mirrored besides, in one transaction;
 * reference and metadata of reservations stay as they stand, and so do links.
 * @throws {UnsoundLogError} nothing was changed
 */
export function rebuildBooks(
  store: BooksStore,
  onProgress: OnProgress = () => undefined,
): Promise<RebuildReport> {
  return store.rebuild(async (books, writer) => {
    const findings = new Findings();
    const fold = await foldLog(books, findings, new RowWriter(books, writer), onProgress);
    if (findings.count > 0) throw new UnsoundLogError(findings);
    await writeOpen(fold, writer);
    return reportOf(fold);
  });
}

class RowWriter implements FoldSink {
  readonly #books: RebuiltBooks;
  readonly #writer: BooksWriter;

  constructor(books: RebuiltBooks, writer: BooksWriter) {
    this.#books = books;
    this.#writer = writer;
  }

  /** Which position each time had is remade by the engine, where it keeps that. */
  async momentsEnded(): Promise<void> {}

  async reservationsEnded(ended: readonly Folded<Reservation>[]): Promise<void> {
    await this.#writer.putReservations(ended.map(({ row }) => row));
  }

  async redacted(id: string, event: LoggedEvent): Promise<void> {
    const before = await this.#books.reservation(id);
    if (before === undefined) return; // Of a reservation that never began: the fold has found the gap.
    await this.#writer.putReservations([evolveReservation(before, [event], event.time)]);
  }

  async transfersEnded(ended: readonly Folded<Transfer>[]): Promise<void> {
    await this.#writer.putTransfers(ended.map(({ row }) => row));
  }
}

const ROWS_PER_WRITE = 1_000;

async function writeOpen(fold: Fold, writer: BooksWriter): Promise<void> {
  await inChunks(fold.products, (rows) => writer.putProducts(rows));
  await inChunks(fold.locations, (rows) => writer.putLocations(rows));
  await inChunks(fold.levels, (rows) => writer.putLevels(rows));
  await inChunks(fold.reservations.open, (rows) => writer.putReservations(rows));
  await inChunks(fold.transfers.open, (rows) => writer.putTransfers(rows));
  await inChunks(fold.peers.shares, (rows) => writer.putShares(rows));
}

async function inChunks<T>(
  folded: ReadonlyMap<string, Folded<T>>,
  put: (rows: readonly T[]) => Promise<void>,
): Promise<void> {
  let chunk: T[] = [];
  for (const { row } of folded.values()) {
    chunk.push(row);
    if (chunk.length < ROWS_PER_WRITE) continue;
    await put(chunk);
    chunk = [];
  }
  if (chunk.length > 0) await put(chunk);
}

function reportOf({
  events,
  levels,
  reservations,
  transfers,
  products,
  locations,
  peers,
}: Fold): RebuildReport {
  return {
    events,
    levels: levels.size,
    reservations: reservations.begun,
    transfers: transfers.begun,
    products: products.size,
    locations: locations.size,
    shares: peers.shares.size,
  };
}
