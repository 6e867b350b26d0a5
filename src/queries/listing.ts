import { invariant } from '../domain/invariant.ts';
import type { CursorFormat, Scope } from './cursor.ts';
import { answer, type QueryResult, turnDown } from './refusals.ts';
import type { Page } from './store.ts';

/** Rows in one page of a list. */
export const PAGE_LIMIT_DEFAULT = 100;
export const PAGE_LIMIT_MAX = 1_000;

/**
 * Lines of the reservations or transfers in one page, after which it ends though it is not full: about 2 MB as JSON. A
 * thousand reservations of 2,000 lines each would be 200 MB, and keep all others waiting for six seconds.
 */
const PAGE_LINES_MAX = 20_000;
/** Rows with lines that are read at once. */
const ROWS_WITH_LINES = 10;

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
  /** How many lines a row has; left out where rows are all small. */
  linesOf?(row: R): number;
}

/** One page of a list. */
export async function readListing<K, R>(
  source: ListSource<K, R>,
  { cursor, limit = PAGE_LIMIT_DEFAULT }: Paging,
): Promise<QueryResult<Listing<R>>> {
  const { cursors, scope, keyOf } = source;
  invariant(limit >= 1 && limit <= PAGE_LIMIT_MAX, `a page of ${limit} rows`);
  const after = cursor === undefined ? undefined : cursors.read(cursor, scope);
  if (cursor !== undefined && after === undefined) {
    return turnDown({ code: 'invalid_cursor', cursor });
  }
  const { rows, ended } = await readRows(source, after, limit);
  const data = rows.slice(0, limit);
  const last = ended ? undefined : data.at(-1);
  return answer({ data, nextCursor: last ? cursors.write(keyOf(last), scope) : null });
}

/** One row more than asked for is read, to know whether that was the end, and fewer where they have many lines. */
async function readRows<K, R>(
  { read, keyOf, linesOf }: ListSource<K, R>,
  start: K | undefined,
  limit: number,
): Promise<{ readonly rows: readonly R[]; readonly ended: boolean }> {
  const rows: R[] = [];
  let after = start;
  let lines = 0;
  while (rows.length <= limit && lines < PAGE_LINES_MAX) {
    const wanted = Math.min(limit + 1 - rows.length, linesOf ? ROWS_WITH_LINES : limit + 1);
    const some = await read({ limit: wanted, ...(after !== undefined && { after }) });
    rows.push(...some);
    const last = some.at(-1);
    if (last === undefined || some.length < wanted) return { rows, ended: true };
    after = keyOf(last);
    for (const row of some) lines += linesOf?.(row) ?? 0;
  }
  return { rows, ended: false };
}

export function mapListing<R, T>(
  result: QueryResult<Listing<R>>,
  view: (row: R) => T,
): QueryResult<Listing<T>> {
  if (!result.ok) return result;
  const { data, nextCursor } = result.value;
  return answer({ data: data.map(view), nextCursor });
}
