import type { Level } from '../../domain/stock.ts';
import type { LevelRow } from '../../ledger/books.ts';

/** A stocked level as it is read; `id` is its number in `level_ids`. */
export type LevelColumns = {
  readonly id: number;
  readonly sku: string;
  readonly location: string;
  readonly available: number;
  readonly reserved: number;
  readonly committed: number;
  readonly unavailable: number;
  readonly version: number;
  readonly updatedAt: number;
};

/** Of `levels`, and of its row of `level_ids` as `names`. */
export const LEVEL_COLUMNS = `
  names.id, names.sku, names.location,
  levels.available, levels.reserved, levels.committed, levels.unavailable, levels.version,
  levels.updated_at AS "updatedAt"`;

export function levelOf(columns: LevelColumns): Level {
  const { sku, location, available, reserved, committed, unavailable, version } = columns;
  return { sku, location, available, reserved, committed, unavailable, version };
}

export function levelRowOf(columns: LevelColumns): LevelRow {
  const { sku, location, available, reserved, committed, unavailable, version, updatedAt } =
    columns;
  return { sku, location, available, reserved, committed, unavailable, version, updatedAt };
}
