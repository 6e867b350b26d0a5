import type { JsonObject } from './json.ts';

export interface ProductContent {
  readonly name: string;
  readonly description: string | null;
  readonly category: string | null;
  readonly attributes: JsonObject | null;
}

export interface Product extends ProductContent {
  readonly sku: string;
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
}
