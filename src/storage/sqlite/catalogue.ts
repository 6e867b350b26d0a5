import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Location, Product } from '../../domain/catalogue.ts';
import {
  jsonText,
  LOCATION_COLUMNS,
  type LocationColumns,
  locationOf,
  PRODUCT_COLUMNS,
  type ProductColumns,
  productOf,
  removalText,
  searchText,
} from '../rows/catalogue.ts';
import { one } from './statement.ts';

const READ_PRODUCT = `SELECT ${PRODUCT_COLUMNS} FROM products WHERE sku = ?`;
const READ_LOCATION = `SELECT ${LOCATION_COLUMNS} FROM locations WHERE location = ?`;
const PUT_PRODUCT = `
  INSERT OR REPLACE INTO products (sku, name, description, category, attributes, search, node, removal)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const PUT_LOCATION = `
  INSERT OR REPLACE INTO locations (location, name, kind, attributes, search, node, fence)
  VALUES (?, ?, ?, ?, ?, ?, ?)`;
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

  putProduct(product: Product): void {
    const { sku, name, description, category, attributes, node = null } = product;
    const search = searchText(sku, name);
    const text = jsonText(attributes);
    const removal = removalText(product);
    this.#putProduct.run(sku, name, description, category, text, search, node, removal);
  }

  putLocation({ location, name, kind, attributes, ...place }: Location): void {
    const search = searchText(location, name);
    const { node = null, fence = null } = place;
    this.#putLocation.run(location, name, kind, jsonText(attributes), search, node, fence);
  }

  deleteProduct(sku: string): void {
    this.#deleteProduct.run(sku);
  }

  deleteLocation(location: string): void {
    this.#deleteLocation.run(location);
  }
}
