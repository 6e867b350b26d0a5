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
import { type Runner, statement } from './statement.ts';

// A search goes through the catalogue in order until the page is full. `strpos` knows no wildcards, so nothing in a
// query needs to be escaped, and both sides were folded by the same rule, whatever the language of the database.
const READ_PRODUCTS = statement<ProductColumns>(
  'products_page',
  `SELECT ${PRODUCT_COLUMNS} FROM products
  WHERE sku > $1 AND strpos(search, $2) > 0 ORDER BY sku LIMIT $3`,
);
const READ_LOCATIONS = statement<LocationColumns>(
  'locations_page',
  `SELECT ${LOCATION_COLUMNS} FROM locations
  WHERE location > $1 AND strpos(search, $2) > 0 ORDER BY location LIMIT $3`,
);

export class CatalogueQueries extends CatalogueReader {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    super(runner);
    this.#runner = runner;
  }

  async products({ query = '', after = '', limit }: ProductPage): Promise<Product[]> {
    const rows = await this.#runner.run(READ_PRODUCTS, [after, foldCase(query), limit]);
    return rows.map(productOf);
  }

  async locations({ query = '', after = '', limit }: LocationPage): Promise<Location[]> {
    const rows = await this.#runner.run(READ_LOCATIONS, [after, foldCase(query), limit]);
    return rows.map(locationOf);
  }
}
