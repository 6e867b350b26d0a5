import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DemandPage, DemandRow } from '../../queries/store.ts';
import { all } from './statement.ts';

// Rows come in the order of their key: by minute, then by SKU, then by location.
const SELECT = 'SELECT sku, location, minute, requests, units FROM demand';
const READ = `${SELECT}
  WHERE (minute, sku, location) > (?, ?, ?) AND minute < ?
  ORDER BY minute, sku, location LIMIT ?`;
const READ_OF_SKU = `${SELECT}
  WHERE sku = ? AND (minute, location) > (?, ?) AND minute < ?
  ORDER BY minute, location LIMIT ?`;
const READ_AT_LOCATION = `${SELECT}
  WHERE location = ? AND (minute, sku) > (?, ?) AND minute < ?
  ORDER BY minute, sku LIMIT ?`;
// The plus keeps the engine from going by location, where there are many more SKUs than a SKU has locations.
const READ_OF_LEVEL = `${SELECT}
  WHERE sku = ? AND +location = ? AND minute > ? AND minute < ?
  ORDER BY minute LIMIT ?`;

export class DemandQueries {
  readonly #all: StatementSync;
  readonly #ofSku: StatementSync;
  readonly #atLocation: StatementSync;
  readonly #ofLevel: StatementSync;

  constructor(db: DatabaseSync) {
    this.#all = db.prepare(READ);
    this.#ofSku = db.prepare(READ_OF_SKU);
    this.#atLocation = db.prepare(READ_AT_LOCATION);
    this.#ofLevel = db.prepare(READ_OF_LEVEL);
  }

  demand({ sku, location, to = Number.MAX_SAFE_INTEGER, limit, ...page }: DemandPage): DemandRow[] {
    const { after, from = 0 } = page;
    // No identifier is empty, so this key comes before every row of its minute.
    const { minute, ...last } = after ?? { minute: from, sku: '', location: '' };
    if (sku !== undefined && location !== undefined) {
      return all(this.#ofLevel, sku, location, after ? minute : minute - 1, to, limit);
    }
    if (sku !== undefined) return all(this.#ofSku, sku, minute, last.location, to, limit);
    if (location !== undefined) return all(this.#atLocation, location, minute, last.sku, to, limit);
    return all(this.#all, minute, last.sku, last.location, to, limit);
  }
}
