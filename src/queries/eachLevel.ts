import type { LevelRow } from '../ledger/books.ts';
import type { LevelPage, QueryStore } from './store.ts';

export const LEVELS_PER_READ = 1_000;

/** What is read, and from where on. */
export interface LevelRun extends Pick<LevelPage, 'skus' | 'location' | 'position' | 'after'> {
  /** Rows that are read at once. */
  readonly perRead?: number;
}

/** All levels that match, read in pages: only one page is in memory at a time. */
export async function* eachLevel(
  store: Pick<QueryStore, 'levels'>,
  { after: start, perRead: limit = LEVELS_PER_READ, ...filter }: LevelRun,
): AsyncGenerator<LevelRow, void, void> {
  let after = start;
  for (;;) {
    const rows = await store.levels({ ...filter, limit, ...(after && { after }) });
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < limit) return;
    after = { sku: last.sku, location: last.location };
  }
}
