import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import { onHand } from '../../domain/stock.ts';
import type { QueryStore } from '../../queries/store.ts';
import { csvLine } from './csv.ts';

/** Text to write, with how many rows it holds. */
export interface Chunk {
  readonly text: string;
  readonly rows: number;
}

/** Rows that are read and written at a time: nothing more is kept in memory. */
export const EXPORT_PAGE_ROWS = 1_000;

export async function* exportProducts(queries: QueryStore): AsyncGenerator<Chunk> {
  yield header('sku', 'name', 'description', 'category', 'attributes');
  const pages = paged((after?: { sku: string }) =>
    queries.products({ limit: EXPORT_PAGE_ROWS, ...(after && { after: after.sku }) }),
  );
  for await (const products of pages) {
    yield chunk(
      products.map(({ sku, name, description, category, attributes }) =>
        csvLine([sku, name, description, category, objectText(attributes)]),
      ),
    );
  }
}

export async function* exportLocations(queries: QueryStore): AsyncGenerator<Chunk> {
  yield header('location', 'name', 'kind', 'attributes');
  const pages = paged((after?: { location: string }) =>
    queries.locations({ limit: EXPORT_PAGE_ROWS, ...(after && { after: after.location }) }),
  );
  for await (const locations of pages) {
    yield chunk(
      locations.map(({ location, name, kind, attributes }) =>
        csvLine([location, name, kind, objectText(attributes)]),
      ),
    );
  }
}

/** The stock as one position of the log left it, however much is sold while it is written. */
export async function* exportStock(queries: QueryStore): AsyncGenerator<Chunk> {
  const { position } = await queries.head();
  yield header('sku', 'location', 'onHand');
  const pages = paged((after?: { sku: string; location: string }) =>
    queries.levels({ limit: EXPORT_PAGE_ROWS, position, ...(after && { after }) }),
  );
  for await (const levels of pages) {
    yield chunk(levels.map((level) => csvLine([level.sku, level.location, onHand(level)])));
  }
}

function header(...columns: readonly string[]): Chunk {
  return { text: csvLine(columns), rows: 0 };
}

function chunk(lines: readonly string[]): Chunk {
  return { text: lines.join(''), rows: lines.length };
}

function objectText(value: JsonObject | null): string | null {
  return value === null ? null : canonicalJson(value);
}

async function* paged<Row>(
  read: (after?: Row) => Promise<readonly Row[]>,
): AsyncGenerator<readonly Row[]> {
  let after: Row | undefined;
  do {
    const rows = await read(after);
    if (rows.length > 0) yield rows;
    after = rows.length < EXPORT_PAGE_ROWS ? undefined : rows.at(-1);
  } while (after !== undefined);
}
