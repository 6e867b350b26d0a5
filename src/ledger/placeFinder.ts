import type { Coordinates } from '../domain/sourcing/coordinates.ts';

/** Where a product was seen. */
export interface SeenPlace {
  readonly location: string;
  /** Units that this node had available there. */
  readonly available: number;
  /** Other nodes that had some there, or to which some was on its way. */
  readonly peers: readonly { readonly peer: string; readonly available: number }[];
}

/**
 * Looks where products are before a commit that has to choose. What it says may be a moment old: the commit decides on
 * what it has locked, and looks once more where that is not enough. Errors are those of the store.
 */
export interface PlaceFinder {
  /**
   * For each product the places where it was ever stocked, and those where another node, as far as is known, has some
   * available.
   */
  places(skus: ReadonlySet<string>): Promise<ReadonlyMap<string, readonly SeenPlace[]>>;
  /** Of all locations that have any. */
  coordinates(): Promise<ReadonlyMap<string, Coordinates>>;
}
