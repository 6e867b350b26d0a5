import { LEVEL_COLUMNS, type LevelColumns } from '../rows/levels.ts';
import { one, type Runner, statement } from './statement.ts';

/** LIMIT keeps the planner from reading all stock for a few names: each name looks up its own. */
export const STOCKED = `CROSS JOIN LATERAL (
    SELECT * FROM levels AS stocked WHERE stocked.id = names.id LIMIT 1
  ) AS levels`;

/** The busiest read of all. */
const READ_BY_KEY = statement<LevelColumns>(
  'level_by_key',
  `SELECT ${LEVEL_COLUMNS} FROM level_ids AS names ${STOCKED}
  WHERE names.sku = $1 AND names.location = $2`,
);
const READ_BY_KEYS = statement<LevelColumns>(
  'levels_by_keys',
  `SELECT ${LEVEL_COLUMNS} FROM unnest($1::text[], $2::text[]) AS wanted (sku, location)
  CROSS JOIN LATERAL (
    SELECT * FROM level_ids
    WHERE level_ids.sku = wanted.sku AND level_ids.location = wanted.location LIMIT 1
  ) AS names ${STOCKED}`,
);

export class LevelReader {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  byKey(sku: string, location: string): Promise<LevelColumns | undefined> {
    return one(this.#runner, READ_BY_KEY, [sku, location]);
  }

  /** Those that were ever stocked, in no order. */
  byKeys(
    keys: readonly { readonly sku: string; readonly location: string }[],
  ): Promise<LevelColumns[]> {
    const skus = keys.map(({ sku }) => sku);
    const locations = keys.map(({ location }) => location);
    return this.#runner.run(READ_BY_KEYS, [skus, locations]);
  }
}
