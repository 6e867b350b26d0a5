import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Location, LocationKind, Product } from '../../domain/catalogue.ts';
import type { JsonObject } from '../../domain/json.ts';
import { one } from './statement.ts';

export type ProductColumns = Omit<Product, 'attributes'> & { readonly attributes: string | null };
export type LocationColumns = {
  readonly location: string;
  readonly name: string;
  readonly kind: LocationKind;
  readonly attributes: string | null;
};

export const PRODUCT_COLUMNS = 'sku, name, description, category, attributes';
export const LOCATION_COLUMNS = 'location, name, kind, attributes';

const READ_PRODUCT = `SELECT ${PRODUCT_COLUMNS} FROM products WHERE sku = ?`;
const READ_LOCATION = `SELECT ${LOCATION_COLUMNS} FROM locations WHERE location = ?`;
const PUT_PRODUCT = `
  INSERT OR REPLACE INTO products (sku, name, description, category, attributes, search)
  VALUES (?, ?, ?, ?, ?, ?)`;
const PUT_LOCATION = `
  INSERT OR REPLACE INTO locations (location, name, kind, attributes, search)
  VALUES (?, ?, ?, ?, ?)`;
const DELETE_PRODUCT = 'DELETE FROM products WHERE sku = ?';
const DELETE_LOCATION = 'DELETE FROM locations WHERE location = ?';

export class CatalogueReader {
  readonly #product: StatementSync;
  readonly #location: StatementSync;

  constructor(db: DatabaseSync) {
    this.#product = db.prepare(READ_PRODUCT);
    this.#location = db.prepare(READ_LOCATION);
  }

  product(sku: string): Product | undefined {
    const columns = one<ProductColumns>(this.#product, sku);
    return columns && productOf(columns);
  }

  location(location: string): Location | undefined {
    const columns = one<LocationColumns>(this.#location, location);
    return columns && locationOf(columns);
  }
}

export class CatalogueWriter extends CatalogueReader {
  readonly #putProduct: StatementSync;
  readonly #putLocation: StatementSync;
  readonly #deleteProduct: StatementSync;
  readonly #deleteLocation: StatementSync;

  constructor(db: DatabaseSync) {
    super(db);
    this.#putProduct = db.prepare(PUT_PRODUCT);
    this.#putLocation = db.prepare(PUT_LOCATION);
    this.#deleteProduct = db.prepare(DELETE_PRODUCT);
    this.#deleteLocation = db.prepare(DELETE_LOCATION);
  }

  putProduct({ sku, name, description, category, attributes }: Product): void {
    const search = searchText(sku, name);
    this.#putProduct.run(sku, name, description, category, jsonText(attributes), search);
  }

  putLocation({ location, name, kind, attributes }: Location): void {
    const search = searchText(location, name);
    this.#putLocation.run(location, name, kind, jsonText(attributes), search);
  }

  deleteProduct(sku: string): void {
    this.#deleteProduct.run(sku);
  }

  deleteLocation(location: string): void {
    this.#deleteLocation.run(location);
  }
}

export function productOf(columns: ProductColumns): Product {
  const { sku, name, description, category, attributes } = columns;
  return { sku, name, description, category, attributes: jsonObject(attributes) };
}

export function locationOf(columns: LocationColumns): Location {
  const { location, name, kind, attributes } = columns;
  return { location, name, kind, attributes: jsonObject(attributes) };
}

/** Makes letters of any script comparable without regard to case, which the engine does for ASCII only. */
export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** No identifier or name has a line break, so a query cannot match across the two. */
function searchText(identifier: string, name: string): string {
  return foldCase(`${identifier}\n${name}`);
}

function jsonText(value: JsonObject | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function jsonObject(text: string | null): JsonObject | null {
  return text === null ? null : (JSON.parse(text) as JsonObject);
}
