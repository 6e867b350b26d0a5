import { onHand } from '../domain/stock.ts';
import type { LevelRow } from '../ledger/books.ts';
import { type PastReader, resolveAsOf } from './asOf.ts';
import { cursorFormat } from './cursor.ts';
import { type Listing, mapListing, type Paging, readListing } from './listing.ts';
import { type AsOf, answerOr, type QueryResult } from './refusals.ts';
import type { ListStore, QueryStore } from './store.ts';

/** A stock level as it is answered. `updatedAt` is the time of its newest movement, milliseconds since 1970. */
export interface Stock extends LevelRow {
  readonly onHand: number;
}

export interface StockFilter {
  readonly skus?: readonly string[];
  readonly location?: string;
  /** Absent: as it stands now. */
  readonly asOf?: AsOf;
}

export interface StockReader extends PastReader {
  readonly store: PastReader['store'] & Pick<QueryStore, 'level' | 'levelAt'>;
}

export interface StockListReader extends PastReader {
  readonly lists: Pick<ListStore, 'levels'>;
}

export function stockOf(level: LevelRow): Stock {
  const { sku, location, available, reserved, committed, unavailable, version, updatedAt } = level;
  return {
    sku,
    location,
    onHand: onHand(level),
    available,
    reserved,
    committed,
    unavailable,
    version,
    updatedAt,
  };
}

/** One level, now or as of a moment of the past. */
export async function readStock(
  reader: StockReader,
  sku: string,
  location: string,
  asOf?: AsOf,
): Promise<QueryResult<Stock>> {
  const { store } = reader;
  const notFound = { code: 'stock_not_found', sku, location } as const;
  if (asOf === undefined) {
    const level = await store.level(sku, location);
    return answerOr(level && stockOf(level), notFound);
  }
  const position = await resolveAsOf(reader, asOf);
  if (!position.ok) return position;
  const level = await store.levelAt(sku, location, position.value);
  return answerOr(level && stockOf(level), notFound);
}

const cursors = cursorFormat('stock', { sku: 'string', location: 'string' });

/**
 * Levels by (sku, location). With `asOf` all pages together are one picture of that moment; without it each page shows
 * its levels as they are when it is read.
 */
export async function listStock(
  reader: StockListReader,
  { asOf, ...filter }: StockFilter,
  paging: Paging,
): Promise<QueryResult<Listing<Stock>>> {
  const moment = asOf === undefined ? undefined : await resolveAsOf(reader, asOf);
  if (moment?.ok === false) return moment;
  const past = moment === undefined ? {} : { position: moment.value };
  const rows = await readListing(
    {
      cursors,
      scope: [past.position, filter.location, ...(filter.skus ?? [])],
      read: (page) => reader.lists.levels({ ...filter, ...past, ...page }),
      keyOf: ({ sku, location }) => ({ sku, location }),
    },
    paging,
  );
  return mapListing(rows, stockOf);
}
