import type { DemandPage, DemandRow } from '../../queries/store.ts';
import { type Runner, statement } from './statement.ts';

// Rows come in the order of their key: by minute, then by SKU, then by location.
const SELECT = 'SELECT sku, location, minute, requests, units FROM demand';
const READ = statement<DemandRow>(
  'demand',
  `${SELECT}
  WHERE (minute, sku, location) > ($1, $2, $3) AND minute < $4
  ORDER BY minute, sku, location LIMIT $5`,
);
const READ_OF_SKU = statement<DemandRow>(
  'demand_of_sku',
  `${SELECT}
  WHERE sku = $1 AND (minute, location) > ($2, $3) AND minute < $4
  ORDER BY minute, location LIMIT $5`,
);
const READ_AT_LOCATION = statement<DemandRow>(
  'demand_at_location',
  `${SELECT}
  WHERE location = $1 AND (minute, sku) > ($2, $3) AND minute < $4
  ORDER BY minute, sku LIMIT $5`,
);
// The empty text keeps the engine from going by location, where there are many more SKUs than a SKU has locations.
const READ_OF_LEVEL = statement<DemandRow>(
  'demand_of_level',
  `${SELECT}
  WHERE sku = $1 AND location || '' = $2 AND minute > $3 AND minute < $4
  ORDER BY minute LIMIT $5`,
);

export class DemandQueries {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  demand(page: DemandPage): Promise<DemandRow[]> {
    const { sku, location, after, from = 0, to = Number.MAX_SAFE_INTEGER, limit } = page;
    // No identifier is empty, so this key comes before every row of its minute.
    const { minute, ...last } = after ?? { minute: from, sku: '', location: '' };
    const rest = [to, limit];
    if (sku !== undefined && location !== undefined) {
      return this.#runner.run(READ_OF_LEVEL, [sku, location, after ? minute : minute - 1, ...rest]);
    }
    if (sku !== undefined) {
      return this.#runner.run(READ_OF_SKU, [sku, minute, last.location, ...rest]);
    }
    if (location !== undefined) {
      return this.#runner.run(READ_AT_LOCATION, [location, minute, last.sku, ...rest]);
    }
    return this.#runner.run(READ, [minute, last.sku, last.location, ...rest]);
  }
}
