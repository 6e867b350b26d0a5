import type { Transfer } from '../domain/transfer.ts';
import { cursorFormat } from './cursor.ts';
import { type Listing, type Paging, readListing } from './listing.ts';
import { answerOr, type QueryResult } from './refusals.ts';
import type { QueryStore, TransferPage } from './store.ts';

export type TransferFilter = Pick<TransferPage, 'status'>;

const cursors = cursorFormat('transfers', { id: 'string' });

export async function readTransfer(
  store: Pick<QueryStore, 'transfer'>,
  transferId: string,
): Promise<QueryResult<Transfer>> {
  const transfer = await store.transfer(transferId);
  return answerOr(transfer, { code: 'transfer_not_found', transferId });
}

/** By id. */
export function listTransfers(
  store: Pick<QueryStore, 'transfers'>,
  filter: TransferFilter,
  paging: Paging,
): Promise<QueryResult<Listing<Transfer>>> {
  return readListing(
    {
      cursors,
      scope: [filter.status],
      read: ({ after, limit }) =>
        store.transfers({ ...filter, limit, ...(after && { after: after.id }) }),
      keyOf: ({ id }) => ({ id }),
      linesOf: ({ lines }) => lines.length,
    },
    paging,
  );
}
