import type { Location, Product } from '../domain/catalogue.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { Transfer } from '../domain/transfer.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Availability, readAvailability } from './availability.ts';
import {
  type CatalogueFilter,
  listLocations,
  listProducts,
  readLocation,
  readProduct,
} from './catalogue.ts';
import { type DemandFilter, listDemand } from './demand.ts';
import { type Explanation, explain } from './explain.ts';
import type { Listing, Paging } from './listing.ts';
import { listNodes, type NodeReport, readNode } from './nodes.ts';
import type { AsOf, QueryResult } from './refusals.ts';
import { listReservations, type ReservationFilter, readReservation } from './reservations.ts';
import { Retirements } from './retirements.ts';
import { listStatement, type StatementLine, type StatementOrder } from './statement.ts';
import { listStock, readStock, type Stock, type StockFilter } from './stock.ts';
import type { DemandRow, ListStore, QueryStore } from './store.ts';
import { listTransfers, readTransfer, type TransferFilter } from './transfers.ts';

/**
 * The read side. Reads go around the commit queue and never wait for it. What cannot be answered is a refusal, with
 * the codes of `refusals.ts`; errors are those of the store. Fields are expected to have been checked at the edge:
 * `limit` from 1 to `PAGE_LIMIT_MAX`, `skus` of an availability at most `AVAILABILITY_SKUS_MAX`.
 */
export interface Queries {
  /** One level, now or as of a moment of the past; answers about the past are final. */
  stock(sku: string, location: string, asOf?: AsOf): Promise<QueryResult<Stock>>;
  stocks(filter: StockFilter, paging: Paging): Promise<QueryResult<Listing<Stock>>>;
  availability(skus: readonly string[]): Promise<readonly Availability[]>;
  demand(filter: DemandFilter, paging: Paging): Promise<QueryResult<Listing<DemandRow>>>;
  /** The movements of one level with its balances, page by page. */
  statement(
    sku: string,
    location: string,
    order: StatementOrder,
    paging: Paging,
  ): Promise<QueryResult<Listing<StatementLine>>>;
  /** What makes up the number of a level; `paging` is that of its open holds. */
  explain(sku: string, location: string, paging: Paging): Promise<QueryResult<Explanation>>;
  /** Made here, or as the log of the node that made it says; then it has `madeBy`. */
  reservation(id: string): Promise<QueryResult<Reservation>>;
  /** Those that were made here, and the parts of others' that are handed over here. */
  reservations(
    filter: ReservationFilter,
    paging: Paging,
  ): Promise<QueryResult<Listing<Reservation>>>;
  transfer(id: string): Promise<QueryResult<Transfer>>;
  transfers(filter: TransferFilter, paging: Paging): Promise<QueryResult<Listing<Transfer>>>;
  product(sku: string): Promise<QueryResult<Product>>;
  products(filter: CatalogueFilter, paging: Paging): Promise<QueryResult<Listing<Product>>>;
  location(location: string): Promise<QueryResult<Location>>;
  locations(filter: CatalogueFilter, paging: Paging): Promise<QueryResult<Listing<Location>>>;
  /** A node that this one has a link to. */
  node(name: string): Promise<QueryResult<NodeReport>>;
  /** By name. */
  nodes(paging: Paging): Promise<QueryResult<Listing<NodeReport>>>;
}

export interface QuerySources {
  readonly store: QueryStore;
  /** Where lists are read that name no one thing, which may be a little old; `store` unless given. */
  readonly lists?: ListStore;
  readonly ledger: Pick<Ledger, 'settleTime' | 'now'>;
}

export function createQueries({ store, ledger, lists = store }: QuerySources): Queries {
  const sources = { store, ledger, lists, retirements: new Retirements(store) };
  return {
    stock: (sku, location, asOf) => readStock(sources, sku, location, asOf),
    stocks: (filter, paging) => listStock(sources, filter, paging),
    availability: (skus) => readAvailability(sources, skus),
    demand: (filter, paging) => listDemand(lists, filter, paging),
    statement: (sku, location, order, paging) => listStatement(store, sku, location, order, paging),
    explain: (sku, location, paging) => explain(sources, sku, location, paging),
    reservation: (id) => readReservation(store, id),
    reservations: (filter, paging) => listReservations(lists, filter, paging),
    transfer: (id) => readTransfer(store, id),
    transfers: (filter, paging) => listTransfers(lists, filter, paging),
    product: (sku) => readProduct(store, sku),
    products: (filter, paging) => listProducts(lists, filter, paging),
    location: (location) => readLocation(store, location),
    locations: (filter, paging) => listLocations(lists, filter, paging),
    node: (name) => readNode(store, name),
    nodes: (paging) => listNodes(store, paging),
  };
}
