import type { Location, Product } from '../domain/catalogue.ts';
import { cursorFormat } from './cursor.ts';
import { type Listing, type Paging, readListing } from './listing.ts';
import { answerOr, type QueryResult } from './refusals.ts';
import type { ProductPage, QueryStore } from './store.ts';

/** `query` is looked for in the identifier and the name, letter case ignored. */
export type CatalogueFilter = Pick<ProductPage, 'query'>;

const productCursors = cursorFormat('products', { sku: 'string' });
const locationCursors = cursorFormat('locations', { location: 'string' });

export async function readProduct(
  store: Pick<QueryStore, 'product'>,
  sku: string,
): Promise<QueryResult<Product>> {
  return answerOr(await store.product(sku), { code: 'product_not_found', sku });
}

/** By sku. */
export function listProducts(
  store: Pick<QueryStore, 'products'>,
  filter: CatalogueFilter,
  paging: Paging,
): Promise<QueryResult<Listing<Product>>> {
  return readListing(
    {
      cursors: productCursors,
      scope: [filter.query],
      read: ({ after, limit }) =>
        store.products({ ...filter, limit, ...(after && { after: after.sku }) }),
      keyOf: ({ sku }) => ({ sku }),
    },
    paging,
  );
}

export async function readLocation(
  store: Pick<QueryStore, 'location'>,
  location: string,
): Promise<QueryResult<Location>> {
  return answerOr(await store.location(location), { code: 'location_not_found', location });
}

/** By location. */
export function listLocations(
  store: Pick<QueryStore, 'locations'>,
  filter: CatalogueFilter,
  paging: Paging,
): Promise<QueryResult<Listing<Location>>> {
  return readListing(
    {
      cursors: locationCursors,
      scope: [filter.query],
      read: ({ after, limit }) =>
        store.locations({ ...filter, limit, ...(after && { after: after.location }) }),
      keyOf: ({ location }) => ({ location }),
    },
    paging,
  );
}
