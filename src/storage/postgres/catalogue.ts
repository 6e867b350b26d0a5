import type { Location, Product } from '../../domain/catalogue.ts';
import {
  LOCATION_COLUMNS,
  type LocationColumns,
  locationOf,
  PRODUCT_COLUMNS,
  type ProductColumns,
  productOf,
} from '../rows/catalogue.ts';
import { one, type Runner, statement } from './statement.ts';

const READ_PRODUCT = statement<ProductColumns>(
  'product',
  `SELECT ${PRODUCT_COLUMNS} FROM products WHERE sku = $1`,
);
const READ_LOCATION = statement<LocationColumns>(
  'location',
  `SELECT ${LOCATION_COLUMNS} FROM locations WHERE location = $1`,
);

export class CatalogueReader {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async product(sku: string): Promise<Product | undefined> {
    const columns = await one(this.#runner, READ_PRODUCT, [sku]);
    return columns && productOf(columns);
  }

  async location(location: string): Promise<Location | undefined> {
    const columns = await one(this.#runner, READ_LOCATION, [location]);
    return columns && locationOf(columns);
  }
}
