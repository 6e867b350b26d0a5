import { invariant } from '../domain/invariant.ts';
import type { CursorFormat, Scope } from './cursor.ts';
import { answer, type QueryResult, turnDown } from './refusals.ts';
import type { Page } from './store.ts';

/** Rows in one page of a list. */
export const PAGE_LIMIT_DEFAULT = 100;
export const PAGE_LIMIT_MAX = 1_000;

/** Which page of a list: the one after `cursor`, or the first. */
export interface Paging {
  readonly cursor?: string;
  /** 1 to `PAGE_LIMIT_MAX`. */
  readonly limit?: number;
}

export interface Listing<R> {
  readonly data: readonly R[];
  /** Null at the end of the list. */
  readonly nextCursor: string | null;
}

export interface ListSource<K, R> {
  readonly cursors: CursorFormat<K>;
  readonly scope: Scope;
  read(page: Page<K>): Promise<readonly R[]>;
  keyOf(row: R): K;
}

/** One page of a list. One row more than asked for is read, to know whether that was the end. */
export async function readListing<K, R>(
  { cursors, scope, read, keyOf }: ListSource<K, R>,
  { cursor, limit = PAGE_LIMIT_DEFAULT }: Paging,
): Promise<QueryResult<Listing<R>>> {
  invariant(limit >= 1 && limit <= PAGE_LIMIT_MAX, `a page of ${limit} rows`);
  const after = cursor === undefined ? undefined : cursors.read(cursor, scope);
  if (cursor !== undefined && after === undefined) {
    return turnDown({ code: 'invalid_cursor', cursor });
  }
  const rows = await read({ limit: limit + 1, ...(after !== undefined && { after }) });
  const data = rows.slice(0, limit);
  const last = rows.length > limit ? data.at(-1) : undefined;
  return answer({ data, nextCursor: last ? cursors.write(keyOf(last), scope) : null });
}

export function mapListing<R, T>(
  result: QueryResult<Listing<R>>,
  view: (row: R) => T,
): QueryResult<Listing<T>> {
  if (!result.ok) return result;
  const { data, nextCursor } = result.value;
  return answer({ data: data.map(view), nextCursor });
}
