import type { StockedPlace } from '../../domain/sourcing/stockedPlace.ts';

/** A level of this node, as `StockedPlace`; needs `level_ids AS names` and `levels`. */
export const STOCKED_COLUMNS = `
  sku, location, available,
  CASE WHEN available <= 0 AND reserved > 0
    THEN (SELECT min(expires_at) FROM holds WHERE level = levels.id) END AS "releaseAt"`;

export type StockedColumns = Pick<StockedPlace, 'location' | 'available' | 'releaseAt'> & {
  readonly sku: string;
};

/** What other nodes have of a product in one place. */
export interface LentColumns {
  readonly sku: string;
  readonly location: string;
  readonly units: number;
}

/** By product the places of both, by location. */
export function stockedPlaces(
  own: readonly StockedColumns[],
  lent: readonly LentColumns[],
): ReadonlyMap<string, readonly StockedPlace[]> {
  const bySku = new Map<string, Map<string, StockedPlace>>();
  const placesOf = (sku: string) => {
    const places = bySku.get(sku) ?? new Map<string, StockedPlace>();
    bySku.set(sku, places);
    return places;
  };
  for (const { sku, location, available, releaseAt } of own) {
    placesOf(sku).set(location, { location, available, releaseAt, elsewhere: 0 });
  }
  for (const { sku, location, units } of lent) {
    const places = placesOf(sku);
    const own = places.get(location) ?? { location, available: 0, releaseAt: null };
    places.set(location, { ...own, elsewhere: units });
  }
  return new Map([...bySku].map(([sku, places]) => [sku, [...places.values()]]));
}
