import type { Location, Product } from '../../domain/catalogue.ts';
import type { Change, Writes } from '../../ledger/store.ts';
import { jsonText, removalText, searchText } from '../rows/catalogue.ts';
import { texts } from './arrays.ts';
import type { PartText, WriteStatement } from './writeStatement.ts';

type Parameter = Parameters<PartText>[0];

/**
 * Makes, changes and removes products and locations. What was made after the locks were taken is not locked, and may have
 * been removed again.
 */
export function addCatalogue(
  write: WriteStatement<unknown>,
  { products, locations }: Pick<Writes, 'products' | 'locations'>,
): void {
  const ofProducts = sorted(products);
  if (ofProducts.made.length > 0) write.add('new_products', insertProducts(ofProducts.made));
  write.addExpected('products_now', ofProducts.changed, updateProducts);
  write.addExpected('no_products', ofProducts.removed, deleteProducts);
  const ofLocations = sorted(locations);
  if (ofLocations.made.length > 0) write.add('new_locations', insertLocations(ofLocations.made));
  write.addExpected('locations_now', ofLocations.changed, updateLocations);
  write.addExpected('no_locations', ofLocations.removed, deleteLocations);
}

interface Sorted<T> {
  readonly made: T[];
  readonly changed: T[];
  /** Names. */
  readonly removed: string[];
}

function sorted<T>(changes: ReadonlyMap<string, Change<T>>): Sorted<T> {
  const sorted: Sorted<T> = { made: [], changed: [], removed: [] };
  for (const [name, { before, after }] of changes) {
    if (after !== undefined) (before === undefined ? sorted.made : sorted.changed).push(after);
    else if (before !== undefined) sorted.removed.push(name);
  }
  return sorted;
}

function insertProducts(products: readonly Product[]): PartText {
  return (parameter) => `
    INSERT INTO products (sku, name, description, category, attributes, search, node, removal)
    SELECT made.* FROM head, ${productRows(products, parameter)} AS made`;
}

function updateProducts(products: readonly Product[]): PartText {
  return (parameter) => `
    UPDATE products
    SET name = changed.name, description = changed.description, category = changed.category,
      attributes = changed.attributes, search = changed.search, node = changed.node,
      removal = changed.removal
    FROM head, ${productRows(products, parameter)}
      AS changed (sku, name, description, category, attributes, search, node, removal)
    WHERE products.sku = changed.sku
    RETURNING products.sku`;
}

function deleteProducts(skus: readonly string[]): PartText {
  return (parameter) => `
    DELETE FROM products USING head WHERE sku = ANY (${parameter(texts(skus), 'text[]')})
    RETURNING sku`;
}

function insertLocations(locations: readonly Location[]): PartText {
  return (parameter) => `
    INSERT INTO locations (location, name, kind, attributes, search, node, fence)
    SELECT made.* FROM head, ${locationRows(locations, parameter)} AS made`;
}

function updateLocations(locations: readonly Location[]): PartText {
  return (parameter) => `
    UPDATE locations
    SET name = changed.name, kind = changed.kind, attributes = changed.attributes,
      search = changed.search, node = changed.node, fence = changed.fence
    FROM head, ${locationRows(locations, parameter)}
      AS changed (location, name, kind, attributes, search, node, fence)
    WHERE locations.location = changed.location
    RETURNING locations.location`;
}

function deleteLocations(names: readonly string[]): PartText {
  return (parameter) => `
    DELETE FROM locations USING head WHERE location = ANY (${parameter(texts(names), 'text[]')})
    RETURNING location`;
}

function productRows(products: readonly Product[], parameter: Parameter): string {
  const columns = [
    products.map(({ sku }) => sku),
    products.map(({ name }) => name),
    products.map(({ description }) => description),
    products.map(({ category }) => category),
    products.map(({ attributes }) => jsonText(attributes)),
    products.map(({ sku, name }) => searchText(sku, name)),
    products.map(({ node = null }) => node),
    products.map(removalText),
  ];
  return unnested(columns, parameter);
}

function locationRows(locations: readonly Location[], parameter: Parameter): string {
  const columns = [
    locations.map(({ location }) => location),
    locations.map(({ name }) => name),
    locations.map(({ kind }) => kind),
    locations.map(({ attributes }) => jsonText(attributes)),
    locations.map(({ location, name }) => searchText(location, name)),
    locations.map(({ node = null }) => node),
    locations.map(({ fence = null }) => fence),
  ];
  return unnested(columns, parameter);
}

function unnested(columns: readonly (string | null)[][], parameter: Parameter): string {
  return `unnest(${columns.map((values) => parameter(texts(values), 'text[]')).join(', ')})`;
}
