import { invariant } from '../domain/invariant.ts';
import { eachLevel } from './eachLevel.ts';
import type { QueryStore } from './store.ts';

/** SKUs in one question. */
export const AVAILABILITY_SKUS_MAX = 200;

/** Locations that are named for one SKU; the total covers all. */
const AVAILABILITY_LOCATIONS_MAX = 1_000;

export interface Place {
  readonly location: string;
  /** Units that can be promised here; 0 where there is a shortfall. */
  readonly available: number;
}

export interface Availability {
  readonly sku: string;
  /** Units that can be promised, over all locations. A shortfall at one takes nothing from the others. */
  readonly available: number;
  /** Where it is stocked, by location; the first `AVAILABILITY_LOCATIONS_MAX` of `locationCount`. */
  readonly locations: readonly Place[];
  readonly locationCount: number;
}

/** What a shop page shows: one entry for each SKU, in the order of first mention. One never stocked has none. */
export async function readAvailability(
  store: Pick<QueryStore, 'levels'>,
  skus: readonly string[],
): Promise<readonly Availability[]> {
  invariant(skus.length <= AVAILABILITY_SKUS_MAX, `availability of ${skus.length} SKUs at once`);
  if (skus.length === 0) return [];
  const tallies = new Map(skus.map((sku) => [sku, new Tally(sku)]));
  for await (const level of eachLevel(store, { skus: [...tallies.keys()] })) {
    tallies.get(level.sku)?.add(level.location, Math.max(level.available, 0));
  }
  return [...tallies.values()].map((tally) => tally.result());
}

class Tally {
  readonly #sku: string;
  readonly #places: Place[] = [];
  #available = 0;
  #count = 0;

  constructor(sku: string) {
    this.#sku = sku;
  }

  add(location: string, available: number): void {
    this.#available += available;
    this.#count += 1;
    if (this.#places.length < AVAILABILITY_LOCATIONS_MAX)
      this.#places.push({ location, available });
  }

  result(): Availability {
    return {
      sku: this.#sku,
      available: this.#available,
      locations: this.#places,
      locationCount: this.#count,
    };
  }
}
