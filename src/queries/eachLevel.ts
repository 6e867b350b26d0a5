import type { LevelRow } from '../ledger/books.ts';
import type { LevelPage, QueryStore } from './store.ts';

const LEVELS_PER_READ = 1_000;

/** All levels that match, read in pages: only one page is in memory at a time. */
export async function* eachLevel(
  store: Pick<QueryStore, 'levels'>,
  filter: Pick<LevelPage, 'skus' | 'location' | 'position'>,
): AsyncGenerator<LevelRow, void, void> {
  let after: { sku: string; location: string } | undefined;
  for (;;) {
    const page = { ...filter, limit: LEVELS_PER_READ };
    const rows = await store.levels(after ? { ...page, after } : page);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < LEVELS_PER_READ) return;
    after = { sku: last.sku, location: last.location };
  }
}
