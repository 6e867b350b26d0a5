import { cursorFormat } from './cursor.ts';
import { type Listing, type Paging, readListing } from './listing.ts';
import type { QueryResult } from './refusals.ts';
import type { DemandPage, DemandRow, QueryStore } from './store.ts';

/** `from` is inclusive, `to` exclusive, both milliseconds since 1970; they choose minutes by their start. */
export type DemandFilter = Pick<DemandPage, 'sku' | 'location' | 'from' | 'to'>;

const cursors = cursorFormat('demand', { minute: 'integer', sku: 'string', location: 'string' });

/** Demand that was turned away for want of stock, by (minute, sku, location). */
export function listDemand(
  store: Pick<QueryStore, 'demand'>,
  filter: DemandFilter,
  paging: Paging,
): Promise<QueryResult<Listing<DemandRow>>> {
  return readListing(
    {
      cursors,
      scope: [filter.sku, filter.location, filter.from, filter.to],
      read: (page) => store.demand({ ...filter, ...page }),
      keyOf: ({ minute, sku, location }) => ({ minute, sku, location }),
    },
    paging,
  );
}
