import { emptyLevel, onHand } from '../domain/stock.ts';
import type { LevelRow } from '../ledger/books.ts';
import { type PastReader, resolveAsOf } from './asOf.ts';
import { cursorFormat } from './cursor.ts';
import { eachPicture, type LevelPicture, type PictureSources } from './eachPicture.ts';
import { type Listing, type Paging, readListing } from './listing.ts';
import { type NodeStock, type NodeStockSources, Others, shownOf } from './nodeStock.ts';
import { type AsOf, answer, type QueryResult, turnDown } from './refusals.ts';
import type { Page, QueryStore } from './store.ts';

/** How often the rows are read again when the level moved in the meantime. */
export const READS_MAX = 3;

/**
 * A stock level as it is answered: what this node owns of it. `updatedAt` is the time of its newest movement,
 * milliseconds since 1970. Where only other nodes own any, `version` is 0 and `updatedAt` says when it moved there.
 */
export interface Stock extends LevelRow {
  readonly onHand: number;
  /** What other nodes own of the level, by name; absent where that is nothing. */
  readonly nodes?: readonly NodeStock[];
}

export interface StockFilter {
  readonly skus?: readonly string[];
  readonly location?: string;
  /** Absent: as it stands now. */
  readonly asOf?: AsOf;
}

export interface StockReader extends PastReader, NodeStockSources {
  readonly store: PastReader['store'] &
    NodeStockSources['store'] &
    Pick<QueryStore, 'level' | 'levelAt'>;
}

export interface StockListReader extends PastReader, PictureSources {
  readonly store: PastReader['store'] & NodeStockSources['store'];
}

/** @returns undefined where neither this node nor another one it knows of ever had any */
export function stockOf({ sku, location, level, nodes }: LevelPicture): Stock | undefined {
  if (!level && nodes.length === 0) return undefined;
  const movedAt = Math.max(...nodes.map((node) => node.movedAt));
  const row = level ?? { ...emptyLevel(sku, location), updatedAt: movedAt };
  const { available, reserved, committed, unavailable, version, updatedAt } = row;
  return {
    sku,
    location,
    onHand: onHand(row),
    available,
    reserved,
    committed,
    unavailable,
    version,
    updatedAt,
    ...(nodes.length > 0 && { nodes }),
  };
}

/** One level, now or as of a moment of the past. */
export async function readStock(
  reader: StockReader,
  sku: string,
  location: string,
  asOf?: AsOf,
): Promise<QueryResult<Stock>> {
  const moment = asOf === undefined ? undefined : await resolveAsOf(reader, asOf);
  if (moment?.ok === false) return moment;
  const stock = stockOf(
    moment === undefined
      ? await readPicture(reader, sku, location)
      : await readPictureAt(reader, sku, location, moment.value),
  );
  return stock ? answer(stock) : turnDown({ code: 'stock_not_found', sku, location });
}

/** Level and shares of one moment: as long as the version stands, no unit has passed from one node to the other. */
async function readPicture(
  reader: StockReader,
  sku: string,
  location: string,
): Promise<LevelPicture> {
  const { store } = reader;
  const others = new Others(reader);
  let level = await store.level(sku, location);
  for (let read = 1; ; read++) {
    const shares = await others.ofLevel(sku, location);
    // No share is ever removed, so there was none when the level was read.
    if (shares.length === 0) return { sku, location, level, nodes: [] };
    const after = await store.level(sku, location);
    if (after?.version === level?.version || read === READS_MAX) {
      return { sku, location, level: after, nodes: shownOf(shares) };
    }
    level = after;
  }
}

async function readPictureAt(
  reader: StockReader,
  sku: string,
  location: string,
  position: number,
): Promise<LevelPicture> {
  const [shares, level] = await Promise.all([
    new Others(reader, position).ofLevel(sku, location),
    reader.store.levelAt(sku, location, position),
  ]);
  return { sku, location, level, nodes: shownOf(shares) };
}

const cursors = cursorFormat('stock', { sku: 'string', location: 'string' });

/**
 * Levels by (sku, location), those that only other nodes have included. With `asOf` all pages together are one picture
 * of that moment; without it each page shows its levels as they are when it is read.
 */
export async function listStock(
  reader: StockListReader,
  { asOf, ...filter }: StockFilter,
  paging: Paging,
): Promise<QueryResult<Listing<Stock>>> {
  const moment = asOf === undefined ? undefined : await resolveAsOf(reader, asOf);
  if (moment?.ok === false) return moment;
  const past = moment === undefined ? {} : { position: moment.value };
  return readListing(
    {
      cursors,
      scope: [past.position, filter.location, ...(filter.skus ?? [])],
      read: (page) => readPictures(reader, { ...filter, ...past }, page),
      keyOf: ({ sku, location }) => ({ sku, location }),
    },
    paging,
  );
}

async function readPictures(
  reader: StockListReader,
  filter: Pick<StockFilter, 'skus' | 'location'> & { readonly position?: number },
  { after, limit }: Page<{ readonly sku: string; readonly location: string }>,
): Promise<readonly Stock[]> {
  const stocks: Stock[] = [];
  const run = { ...filter, perRead: limit, ...(after && { after }) };
  for await (const picture of eachPicture(reader, run)) {
    const stock = stockOf(picture);
    if (stock) stocks.push(stock);
    if (stocks.length === limit) break;
  }
  return stocks;
}
