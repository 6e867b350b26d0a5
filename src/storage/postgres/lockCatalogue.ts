import type { Location, Product } from '../../domain/catalogue.ts';
import type { Needs, Removal } from '../../ledger/store.ts';
import {
  LOCATION_COLUMNS,
  type LocationColumns,
  locationOf,
  PRODUCT_COLUMNS,
  type ProductColumns,
  productOf,
} from '../rows/catalogue.ts';
import type { Connection } from './connection.ts';
import { statement } from './statement.ts';

// A command that uses a product or a location locks neither: it has locked a level of both, and a removal must lock all
// of those first. Only where a level is still missing is there nothing to lock but the catalogue's own rows.

const READ_PRODUCTS = `SELECT ${PRODUCT_COLUMNS} FROM products WHERE sku = ANY ($1)`;
const READ_LOCATIONS = `SELECT ${LOCATION_COLUMNS} FROM locations WHERE location = ANY ($1)`;
const IN_ORDER_OF_SKU = `${READ_PRODUCTS} ORDER BY sku`;
const IN_ORDER_OF_LOCATION = `${READ_LOCATIONS} ORDER BY location`;

const LOCK_WRITTEN_PRODUCTS = statement('lock_products', `${IN_ORDER_OF_SKU} FOR NO KEY UPDATE`);
const LOCK_WRITTEN_LOCATIONS = statement(
  'lock_locations',
  `${IN_ORDER_OF_LOCATION} FOR NO KEY UPDATE`,
);
const KEEP_PRODUCTS = statement<ProductColumns>(
  'keep_products',
  `${IN_ORDER_OF_SKU} FOR KEY SHARE`,
);
const KEEP_LOCATIONS = statement<LocationColumns>(
  'keep_locations',
  `${IN_ORDER_OF_LOCATION} FOR KEY SHARE`,
);
const LOCK_REMOVED_PRODUCT = statement('lock_removed_product', `${READ_PRODUCTS} FOR UPDATE`);
const LOCK_REMOVED_LOCATION = statement('lock_removed_location', `${READ_LOCATIONS} FOR UPDATE`);

export interface CatalogueRows {
  readonly products: readonly Product[];
  readonly locations: readonly Location[];
}

/** Locks the products, then the locations, that a command of the commit may write or remove. */
export async function lockWritten(
  connection: Connection,
  { changed: { products, locations }, removal }: Needs,
): Promise<void> {
  if (removal) await lockRemoved(connection, removal);
  else {
    await Promise.all([
      products.size > 0 && connection.run(LOCK_WRITTEN_PRODUCTS, [[...products]]),
      locations.size > 0 && connection.run(LOCK_WRITTEN_LOCATIONS, [[...locations]]),
    ]);
  }
}

async function lockRemoved(connection: Connection, removal: Removal): Promise<void> {
  if ('product' in removal) await connection.run(LOCK_REMOVED_PRODUCT, [[removal.product]]);
  else await connection.run(LOCK_REMOVED_LOCATION, [[removal.location]]);
}

/** Reads them again, and keeps them from being removed before this commit ends. */
export async function keepCatalogue(
  connection: Connection,
  { products, locations }: Pick<Needs, 'products' | 'locations'>,
): Promise<CatalogueRows> {
  const [productColumns, locationColumns] = await Promise.all([
    products.size > 0 ? connection.run(KEEP_PRODUCTS, [[...products]]) : [],
    locations.size > 0 ? connection.run(KEEP_LOCATIONS, [[...locations]]) : [],
  ]);
  return {
    products: productColumns.map(productOf),
    locations: locationColumns.map(locationOf),
  };
}
