import type { Listing, Paging } from '../../src/queries/listing.ts';
import type { QueryResult } from '../../src/queries/refusals.ts';

/** Reads a list to its end, `limit` rows at a time. */
export async function everyPage<T>(
  read: (paging: Paging) => Promise<QueryResult<Listing<T>>>,
  limit: number,
): Promise<T[]> {
  const all: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await read({ limit, ...(cursor && { cursor }) });
    if (!page.ok) throw new Error(page.refusal.code);
    all.push(...page.value.data);
    cursor = page.value.nextCursor;
  }
  return all;
}
