import type { Location, LocationKind, Product } from '../../domain/catalogue.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { FenceReason } from '../../domain/links/link.ts';

export type ProductColumns = Omit<Product, 'attributes' | 'node' | 'removal'> & {
  readonly attributes: string | null;
  readonly node: string | null;
  /** A JSON array of names. */
  readonly removal: string | null;
};
export type LocationColumns = {
  readonly location: string;
  readonly name: string;
  readonly kind: LocationKind;
  readonly attributes: string | null;
  readonly node: string | null;
  readonly fence: FenceReason | null;
};

export const PRODUCT_COLUMNS = 'sku, name, description, category, attributes, node, removal';
export const LOCATION_COLUMNS = 'location, name, kind, attributes, node, fence';

export function productOf(columns: ProductColumns): Product {
  const { sku, name, description, category, attributes, node, removal } = columns;
  const content = { name, description, category, attributes: jsonObject(attributes) };
  return {
    sku,
    ...content,
    ...(node !== null && { node }),
    ...(removal !== null && { removal: JSON.parse(removal) as readonly string[] }),
  };
}

export function removalText({ removal }: Product): string | null {
  return removal === undefined ? null : JSON.stringify(removal);
}

export function locationOf(columns: LocationColumns): Location {
  const { location, name, kind, attributes, node, fence } = columns;
  const content = { name, kind, attributes: jsonObject(attributes) };
  return { location, ...content, ...(node !== null && { node }), ...(fence !== null && { fence }) };
}

/** Makes letters of any script comparable without regard to case, as no engine does of itself. */
export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** What a query is looked for in. No identifier or name has a line break, so none can match across the two. */
export function searchText(identifier: string, name: string): string {
  return foldCase(`${identifier}\n${name}`);
}

export function jsonText(value: JsonObject | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function jsonObject(text: string | null): JsonObject | null {
  return text === null ? null : (JSON.parse(text) as JsonObject);
}
