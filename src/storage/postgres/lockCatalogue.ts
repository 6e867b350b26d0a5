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
import { allOf } from './allOf.ts';
import type { Connection } from './connection.ts';
import { type Statement, statement } from './statement.ts';

// A command that uses a product or a location locks neither: it has locked a level of both, and a removal must lock all
// of those first. Only where a level is still missing is there nothing to lock but the catalogue's own rows.

const READ_PRODUCTS = `SELECT ${PRODUCT_COLUMNS} FROM products WHERE sku = ANY ($1)`;
const READ_LOCATIONS = `SELECT ${LOCATION_COLUMNS} FROM locations WHERE location = ANY ($1)`;
const IN_ORDER_OF_SKU = `${READ_PRODUCTS} ORDER BY sku`;

// A command of a link may write the location that the link is about; which that is never changes.
const IS_WANTED_LOCATION = `location = ANY (ARRAY (
  SELECT unnest($1::text[]) UNION SELECT location FROM links WHERE peer = ANY ($2)
))`;
const IN_ORDER_OF_LOCATION = `
  SELECT ${LOCATION_COLUMNS} FROM locations WHERE ${IS_WANTED_LOCATION} ORDER BY location`;

const LOCK_WRITTEN_PRODUCTS = statement('lock_products', `${IN_ORDER_OF_SKU} FOR NO KEY UPDATE`);
// Whoever stocks one of them for the first time has only this lock to wait for.
const LOCK_REMOVABLE_PRODUCTS = statement('lock_removable', `${IN_ORDER_OF_SKU} FOR UPDATE`);
const LOCK_WRITTEN_LOCATIONS = statement(
  'lock_locations',
  `${IN_ORDER_OF_LOCATION} FOR NO KEY UPDATE`,
);
const FIND_HELD_PRODUCTS = heldBy('held_products', 'products', 'sku', 'sku = ANY ($1)');
const FIND_HELD_LOCATIONS = heldBy('held_locations', 'locations', 'location', IS_WANTED_LOCATION);
const KEEP: Reads = [
  statement('keep_products', `${IN_ORDER_OF_SKU} FOR KEY SHARE`),
  statement('keep_locations', `${IN_ORDER_OF_LOCATION} FOR KEY SHARE`),
];
const LOCK_REMOVED_PRODUCT = statement('lock_removed_product', `${READ_PRODUCTS} FOR UPDATE`);
const LOCK_REMOVED_LOCATION = statement('lock_removed_location', `${READ_LOCATIONS} FOR UPDATE`);

// What was made after the locks were taken, and is locked by another one already, counts as not there yet.
const TAKE_WRITTEN: Reads = [
  statement('take_products', `${IN_ORDER_OF_SKU} FOR NO KEY UPDATE SKIP LOCKED`),
  statement('take_locations', `${IN_ORDER_OF_LOCATION} FOR NO KEY UPDATE SKIP LOCKED`),
];
const TAKE_REMOVED: Reads = [
  statement('take_removed_product', `${IN_ORDER_OF_SKU} FOR UPDATE SKIP LOCKED`),
  statement('take_removed_location', `${IN_ORDER_OF_LOCATION} FOR UPDATE SKIP LOCKED`),
];

type Reads = readonly [products: Statement<ProductColumns>, locations: Statement<LocationColumns>];

/** Products and locations by their names, and the locations of links by their peers. */
export type CatalogueNames = Pick<Needs, 'products' | 'locations' | 'links'>;

export interface CatalogueRows {
  readonly products: readonly Product[];
  readonly locations: readonly Location[];
}

/** Locks the products, then the locations, that a command of the commit may write or remove. */
export async function lockWritten(
  connection: Connection,
  { changed: { products, locations }, removable, links, removal }: Needs,
): Promise<void> {
  if (removal) await lockRemoved(connection, removal);
  else {
    const lockProducts = removable.size > 0 ? LOCK_REMOVABLE_PRODUCTS : LOCK_WRITTEN_PRODUCTS;
    await allOf([
      products.size > 0 && connection.run(lockProducts, [[...products]]),
      locations.size + links.size > 0 &&
        connection.run(LOCK_WRITTEN_LOCATIONS, [[...locations], [...links]]),
    ]);
  }
}

/** Locks those of them that nobody else has locked. @returns the others */
export async function lockFreeWritten(
  connection: Connection,
  { changed: { products, locations }, links }: Needs,
): Promise<Needs['changed']> {
  const held = await allOf([
    products.size > 0 ? connection.run(FIND_HELD_PRODUCTS, [[...products]]) : [],
    locations.size + links.size > 0
      ? connection.run(FIND_HELD_LOCATIONS, [[...locations], [...links]])
      : [],
  ]);
  const [heldProducts, heldLocations] = held.map((rows) => new Set(rows.map(({ name }) => name)));
  return { products: heldProducts ?? new Set(), locations: heldLocations ?? new Set() };
}

/** Locks rows, as a put does or a removal must at least, and finds those that somebody else has locked. */
function heldBy(
  name: string,
  table: string,
  key: string,
  isWanted: string,
): Statement<{ name: string }> {
  return statement(
    name,
    `WITH got AS MATERIALIZED (
       SELECT ${key} FROM ${table} WHERE ${isWanted} ORDER BY ${key}
       FOR NO KEY UPDATE SKIP LOCKED
     )
     SELECT ${key} AS name FROM ${table} WHERE ${isWanted}
       AND ${key} NOT IN (SELECT ${key} FROM got)`,
  );
}

async function lockRemoved(connection: Connection, removal: Removal): Promise<void> {
  if ('product' in removal) await connection.run(LOCK_REMOVED_PRODUCT, [[removal.product]]);
  else await connection.run(LOCK_REMOVED_LOCATION, [[removal.location]]);
}

/** What a commit may write, by the names that the locks for it went by. */
export function writtenNames({ changed, links, removal }: Needs): CatalogueNames {
  if (!removal) return { ...changed, links };
  return {
    products: new Set('product' in removal ? [removal.product] : []),
    locations: new Set('location' in removal ? [removal.location] : []),
    links: new Set(),
  };
}

/**
 * Reads again what is locked to be written, and with it locks what was made since: it would be read, and then changed or
 * removed by somebody else before it is written. Waits for nobody.
 */
export function takeWritten(connection: Connection, needs: Needs): Promise<CatalogueRows> {
  return readWith(needs.removal ? TAKE_REMOVED : TAKE_WRITTEN, connection, writtenNames(needs));
}

/** Reads them again, and keeps them from being removed before this commit ends. */
export function keepCatalogue(
  connection: Connection,
  names: CatalogueNames,
): Promise<CatalogueRows> {
  return readWith(KEEP, connection, names);
}

async function readWith(
  [ofProducts, ofLocations]: Reads,
  connection: Connection,
  { products, locations, links }: CatalogueNames,
): Promise<CatalogueRows> {
  const [productColumns, locationColumns] = await allOf([
    products.size > 0 ? connection.run(ofProducts, [[...products]]) : [],
    locations.size + links.size > 0
      ? connection.run(ofLocations, [[...locations], [...links]])
      : [],
  ]);
  return {
    products: productColumns.map(productOf),
    locations: locationColumns.map(locationOf),
  };
}
