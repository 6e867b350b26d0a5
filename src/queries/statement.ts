import type { Movement } from '../domain/events.ts';
import { cursorFormat } from './cursor.ts';
import { type Listing, type Paging, readListing } from './listing.ts';
import { type QueryResult, turnDown } from './refusals.ts';
import type { QueryStore, Stamped } from './store.ts';

export interface StatementOrder {
  readonly newestFirst?: boolean;
}

/** A movement of the level with the balances that it left, as in a bank statement. */
export type StatementLine = Movement & Stamped;

const cursors = cursorFormat('statement', { position: 'integer' });

/** The movements of one level in order; the cursor is a position, by which the store finds its place at once. */
export async function listStatement(
  store: Pick<QueryStore, 'level' | 'statement'>,
  sku: string,
  location: string,
  { newestFirst = false }: StatementOrder,
  paging: Paging,
): Promise<QueryResult<Listing<StatementLine>>> {
  const lines = await readListing(
    {
      cursors,
      scope: [sku, location, newestFirst],
      read: ({ after, limit }) => {
        const page = { sku, location, newestFirst, limit };
        return store.statement(after ? { ...page, after: after.position } : page);
      },
      keyOf: ({ position }) => ({ position }),
    },
    paging,
  );
  // Every level has a first movement, so only an empty answer needs a second look.
  const empty = lines.ok && lines.value.data.length === 0;
  if (!empty || (await store.level(sku, location))) return lines;
  return turnDown({ code: 'stock_not_found', sku, location });
}
