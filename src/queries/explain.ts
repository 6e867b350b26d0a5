import type { LevelRow } from '../ledger/books.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Place } from './availability.ts';
import { cursorFormat } from './cursor.ts';
import { eachLevel } from './eachLevel.ts';
import {
  type ExplainedHold,
  type ExplainedPart,
  explainHold,
  explainParts,
} from './explainParts.ts';
import { type Listing, mapListing, type Paging, readListing } from './listing.ts';
import { answer, type QueryResult, turnDown } from './refusals.ts';
import { type Stock, stockOf } from './stock.ts';
import type { Hold, QueryStore } from './store.ts';

/** Other places that are named; the total covers all. */
export const ELSEWHERE_PLACES_MAX = 20;

/** How often the rows are read again when the level moved in the meantime. */
const READS_MAX = 3;

export interface Explanation {
  readonly sku: string;
  readonly location: string;
  /** Null where it was never stocked. */
  readonly stock: Stock | null;
  /** What the number is made of: their quantities add up to `onHand`. */
  readonly parts: readonly ExplainedPart[];
  /** One page of the open holds, the first to free up first; all of them together hold `quantity` units. */
  readonly holds: Listing<ExplainedHold> & { readonly quantity: number };
  readonly elsewhere: Elsewhere;
  /** The level kept moving while it was read: holds and parts are of slightly different moments. */
  readonly changedMeanwhile: boolean;
}

/** Where else units can be promised now. */
export interface Elsewhere {
  readonly available: number;
  /** The fullest first; the first `ELSEWHERE_PLACES_MAX` of `locationCount`. */
  readonly locations: readonly Place[];
  readonly locationCount: number;
}

export interface ExplainReader {
  readonly store: Pick<QueryStore, 'level' | 'levels' | 'holds' | 'product' | 'location'>;
  readonly ledger: Pick<Ledger, 'now'>;
}

/** Says in words and figures why the stock of a level is what it is. `paging` is that of the holds. */
export async function explain(
  { store, ledger }: ExplainReader,
  sku: string,
  location: string,
  paging: Paging,
): Promise<QueryResult<Explanation>> {
  const picture = await readPicture(store, sku, location, paging);
  const { level, holds, changedMeanwhile } = picture;
  if (!holds.ok) return holds;
  const unknown = level ? undefined : await findUnknown(store, sku, location);
  if (unknown) return turnDown(unknown);
  const now = await ledger.now();
  const explained = mapListing(holds, (hold) => explainHold(hold, now));
  if (!explained.ok) return explained;
  return answer({
    sku,
    location,
    stock: level ? stockOf(level) : null,
    parts: explainParts(level),
    holds: { ...explained.value, quantity: level?.reserved ?? 0 },
    elsewhere: await readElsewhere(store, sku, location),
    changedMeanwhile,
  });
}

interface Picture {
  readonly level: LevelRow | undefined;
  readonly holds: QueryResult<Listing<Hold>>;
  readonly changedMeanwhile: boolean;
}

/** Level and holds of one moment: as long as the version stands, no hold came or went. */
async function readPicture(
  store: ExplainReader['store'],
  sku: string,
  location: string,
  paging: Paging,
): Promise<Picture> {
  for (let read = 1; ; read++) {
    const before = await store.level(sku, location);
    const holds = await listHolds(store, sku, location, paging);
    const level = await store.level(sku, location);
    const changedMeanwhile = before?.version !== level?.version;
    if (!changedMeanwhile || read === READS_MAX) return { level, holds, changedMeanwhile };
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

async function readElsewhere(
  store: Pick<QueryStore, 'levels'>,
  sku: string,
  here: string,
): Promise<Elsewhere> {
  let available = 0;
  let locationCount = 0;
  let fullest: Place[] = [];
  for await (const level of eachLevel(store, { skus: [sku] })) {
    if (level.location === here || level.available <= 0) continue;
    available += level.available;
    locationCount += 1;
    fullest = withPlace(fullest, { location: level.location, available: level.available });
  }
  return { available, locations: fullest, locationCount };
}

/** Keeps the list short at every step, for there may be thousands of places. */
function withPlace(fullest: Place[], place: Place): Place[] {
  const last = fullest.at(-1);
  const isFull = fullest.length === ELSEWHERE_PLACES_MAX;
  if (isFull && last && last.available >= place.available) return fullest;
  return [...fullest, place]
    .sort((a, b) => b.available - a.available)
    .slice(0, ELSEWHERE_PLACES_MAX);
}
