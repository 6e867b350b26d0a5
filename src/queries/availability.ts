import { invariant } from '../domain/invariant.ts';
import { eachPicture, type LevelPicture, type PictureSources } from './eachPicture.ts';

/** SKUs in one question. */
export const AVAILABILITY_SKUS_MAX = 200;

/** Locations that are named for one SKU; the total covers all. */
const AVAILABILITY_LOCATIONS_MAX = 1_000;

export interface Place {
  readonly location: string;
  /** Units that can be promised here; 0 where there is a shortfall. */
  readonly available: number;
  /** Units that other nodes can promise there, as far as is known; absent where that is nothing. */
  readonly elsewhere?: number;
}

export interface Availability {
  readonly sku: string;
  /** Units that can be promised, over all locations. A shortfall at one takes nothing from the others. */
  readonly available: number;
  /** Units that other nodes can promise, over all locations; absent where that is nothing. */
  readonly elsewhere?: number;
  /** Where it is stocked, by location; the first `AVAILABILITY_LOCATIONS_MAX` of `locationCount`. */
  readonly locations: readonly Place[];
  readonly locationCount: number;
}

/** What a shop page shows: one entry for each SKU, in the order of first mention. One never stocked has none. */
export async function readAvailability(
  sources: PictureSources,
  skus: readonly string[],
): Promise<readonly Availability[]> {
  invariant(skus.length <= AVAILABILITY_SKUS_MAX, `availability of ${skus.length} SKUs at once`);
  if (skus.length === 0) return [];
  const tallies = new Map(skus.map((sku) => [sku, new Tally(sku)]));
  for await (const picture of eachPicture(sources, {
    skus: [...tallies.keys()],
    detail: 'units',
  })) {
    tallies.get(picture.sku)?.add(placeOf(picture));
  }
  return [...tallies.values()].map((tally) => tally.result());
}

export function placeOf({ location, level, nodes }: LevelPicture): Place {
  const available = Math.max(level?.available ?? 0, 0);
  const elsewhere = nodes.reduce((units, node) => units + Math.max(node.available, 0), 0);
  return { location, available, ...(elsewhere > 0 && { elsewhere }) };
}

class Tally {
  readonly #sku: string;
  readonly #places: Place[] = [];
  #available = 0;
  #elsewhere = 0;
  #count = 0;

  constructor(sku: string) {
    this.#sku = sku;
  }

  add(place: Place): void {
    this.#available += place.available;
    this.#elsewhere += place.elsewhere ?? 0;
    this.#count += 1;
    if (this.#places.length < AVAILABILITY_LOCATIONS_MAX) this.#places.push(place);
  }

  result(): Availability {
    return {
      sku: this.#sku,
      available: this.#available,
      ...(this.#elsewhere > 0 && { elsewhere: this.#elsewhere }),
      locations: this.#places,
      locationCount: this.#count,
    };
  }
}
