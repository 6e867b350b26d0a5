import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Location, Product } from '../../domain/catalogue.ts';
import type { LocationPage, ProductPage } from '../../queries/store.ts';
import {
  foldCase,
  LOCATION_COLUMNS,
  type LocationColumns,
  locationOf,
  PRODUCT_COLUMNS,
  type ProductColumns,
  productOf,
} from '../rows/catalogue.ts';
import { CatalogueReader } from './catalogue.ts';
import { all } from './statement.ts';

// A search goes through the catalogue in order until the page is full. `instr` knows no wildcards, so nothing in a
// query needs to be escaped, and both sides were folded by the same rule, which LIKE has for ASCII only.
const READ_PRODUCTS = `
  SELECT ${PRODUCT_COLUMNS} FROM products
  WHERE sku > ? AND instr(search, ?) > 0 ORDER BY sku LIMIT ?`;
const READ_LOCATIONS = `
  SELECT ${LOCATION_COLUMNS} FROM locations
  WHERE location > ? AND instr(search, ?) > 0 ORDER BY location LIMIT ?`;

export class CatalogueQueries extends CatalogueReader {
  readonly #products: StatementSync;
  readonly #locations: StatementSync;

  constructor(db: DatabaseSync) {
    super(db);
    this.#products = db.prepare(READ_PRODUCTS);
    this.#locations = db.prepare(READ_LOCATIONS);
  }

  products({ query = '', after = '', limit }: ProductPage): Product[] {
    return all<ProductColumns>(this.#products, after, foldCase(query), limit).map(productOf);
  }

  locations({ query = '', after = '', limit }: LocationPage): Location[] {
    return all<LocationColumns>(this.#locations, after, foldCase(query), limit).map(locationOf);
  }
}
