import type { JsonObject } from './json.ts';
import type { FenceReason } from './links/link.ts';

export interface ProductContent {
  readonly name: string;
  readonly description: string | null;
  readonly category: string | null;
  readonly attributes: JsonObject | null;
}

export interface Product extends ProductContent {
  readonly sku: string;
  /** The node whose catalogue it was taken from; absent where it was written here. */
  readonly node?: string;
  /** It is to be removed: the nodes that have said that they have none of it. Absent where nobody asked for that. */
  readonly removal?: readonly string[];
}

export const LOCATION_KINDS = ['store', 'warehouse', 'venue'] as const;
export type LocationKind = (typeof LOCATION_KINDS)[number];

export interface LocationContent {
  readonly name: string;
  readonly kind: LocationKind;
  readonly attributes: JsonObject | null;
}

export interface Location extends LocationContent {
  readonly location: string;
  /** The node that has the goods of the location in its hands; absent where that is this one. */
  readonly node?: string;
  /** Why nothing is promised there; absent where nothing is wrong. */
  readonly fence?: FenceReason;
}
