import type { LevelRow } from '../ledger/books.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Place, placeOf } from './availability.ts';
import { cursorFormat } from './cursor.ts';
import { eachPicture, type PictureSources } from './eachPicture.ts';
import { type ExplainedNode, explainNode } from './explainNodes.ts';
import {
  type ExplainedHold,
  type ExplainedPart,
  explainHold,
  explainParts,
} from './explainParts.ts';
import { type Listing, mapListing, type Paging, readListing } from './listing.ts';
import { type NodeStock, type NodeStockSources, Others, shownOf } from './nodeStock.ts';
import { answer, type QueryResult, turnDown } from './refusals.ts';
import { readSharing, type Sharing } from './sharing.ts';
import { READS_MAX, type Stock, stockOf } from './stock.ts';
import type { Hold, QueryStore } from './store.ts';

/** Other places that are named; the total covers all. */
export const ELSEWHERE_PLACES_MAX = 20;

export interface Explanation {
  readonly sku: string;
  readonly location: string;
  /** Null where it was never stocked, here or at another node. */
  readonly stock: Stock | null;
  /** What the number is made of: their quantities add up to `onHand`. */
  readonly parts: readonly ExplainedPart[];
  /** One page of the open holds, the first to free up first; all of them together hold `quantity` units. */
  readonly holds: Listing<ExplainedHold> & { readonly quantity: number };
  /** What other nodes own of this level, and what is on its way to them. */
  readonly nodes: readonly ExplainedNode[];
  /** Who is to own what of it at rest; null where it is this node's alone. */
  readonly sharing: Sharing | null;
  readonly elsewhere: Elsewhere;
  /** The level kept moving while it was read: holds and parts are of slightly different moments. */
  readonly changedMeanwhile: boolean;
}

/** Where else units can be promised now: at other locations. */
export interface Elsewhere {
  readonly available: number;
  /** Units that other nodes can promise at other locations; absent where that is nothing. */
  readonly elsewhere?: number;
  /** The fullest first; the first `ELSEWHERE_PLACES_MAX` of `locationCount`. */
  readonly locations: readonly Place[];
  readonly locationCount: number;
}

export interface ExplainReader extends PictureSources {
  readonly store: NodeStockSources['store'] &
    Pick<QueryStore, 'level' | 'holds' | 'product' | 'location' | 'statement'>;
  readonly ledger: Pick<Ledger, 'now'>;
}

/** Says in words and figures why the stock of a level is what it is. `paging` is that of the holds. */
export async function explain(
  reader: ExplainReader,
  sku: string,
  location: string,
  paging: Paging,
): Promise<QueryResult<Explanation>> {
  const { store, ledger } = reader;
  const others = new Others(reader);
  const picture = await readPicture(store, others, sku, location, paging);
  const { level, nodes, holds, changedMeanwhile } = picture;
  if (!holds.ok) return holds;
  const stock = stockOf({ sku, location, level, nodes });
  const unknown = stock ? undefined : await findUnknown(store, sku, location);
  if (unknown) return turnDown(unknown);
  const now = await ledger.now();
  const explained = mapListing(holds, (hold) => explainHold(hold, now));
  if (!explained.ok) return explained;
  return answer({
    sku,
    location,
    stock: stock ?? null,
    parts: explainParts(level, nodes.length > 0),
    holds: { ...explained.value, quantity: level?.reserved ?? 0 },
    nodes: nodes.map(explainNode),
    sharing: await readSharing(store, sku, location),
    elsewhere: await readElsewhere(reader, sku, location),
    changedMeanwhile,
  });
}

interface Picture {
  readonly level: LevelRow | undefined;
  readonly nodes: readonly NodeStock[];
  readonly holds: QueryResult<Listing<Hold>>;
  readonly changedMeanwhile: boolean;
}

/** Level, holds and shares of one moment: as long as the version stands, no hold came or went, and no unit passed on. */
async function readPicture(
  store: ExplainReader['store'],
  others: Others,
  sku: string,
  location: string,
  paging: Paging,
): Promise<Picture> {
  for (let read = 1; ; read++) {
    const before = await store.level(sku, location);
    const holds = await listHolds(store, sku, location, paging);
    const nodes = shownOf(await others.ofLevel(sku, location));
    const level = await store.level(sku, location);
    const changedMeanwhile = before?.version !== level?.version;
    if (!changedMeanwhile || read === READS_MAX) {
      return { level, nodes, holds, changedMeanwhile };
    }
  }
}

const cursors = cursorFormat('holds', { expiresAt: 'integer', reservationId: 'string' });

function listHolds(
  store: Pick<QueryStore, 'holds'>,
  sku: string,
  location: string,
  paging: Paging,
): Promise<QueryResult<Listing<Hold>>> {
  return readListing(
    {
      cursors,
      scope: [sku, location],
      read: (page) => store.holds({ sku, location, ...page }),
      keyOf: ({ expiresAt, reservationId }) => ({ expiresAt, reservationId }),
    },
    paging,
  );
}

async function findUnknown(store: ExplainReader['store'], sku: string, location: string) {
  if (!(await store.product(sku))) return { code: 'product_not_found', sku } as const;
  if (!(await store.location(location))) return { code: 'location_not_found', location } as const;
  return undefined;
}

async function readElsewhere(reader: ExplainReader, sku: string, here: string): Promise<Elsewhere> {
  let available = 0;
  let locationCount = 0;
  let fullest: Place[] = [];
  let elsewhere = 0;
  for await (const picture of eachPicture(reader, { skus: [sku], detail: 'units' })) {
    const place = placeOf(picture);
    if (place.location === here || unitsAt(place) === 0) continue;
    available += place.available;
    elsewhere += place.elsewhere ?? 0;
    locationCount += 1;
    fullest = withPlace(fullest, place);
  }
  const ofOthers = elsewhere > 0 && { elsewhere };
  return { available, ...ofOthers, locations: fullest, locationCount };
}

function unitsAt({ available, elsewhere = 0 }: Place): number {
  return available + elsewhere;
}

/** Keeps the list short at every step, for there may be thousands of places. */
function withPlace(fullest: Place[], place: Place): Place[] {
  const last = fullest.at(-1);
  const isFull = fullest.length === ELSEWHERE_PLACES_MAX;
  if (isFull && last && unitsAt(last) >= unitsAt(place)) return fullest;
  return [...fullest, place].sort((a, b) => unitsAt(b) - unitsAt(a)).slice(0, ELSEWHERE_PLACES_MAX);
}
