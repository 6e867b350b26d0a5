import type { UnitsInUse } from '../../domain/state.ts';
import type { Removal } from '../../ledger/store.ts';
import { unitsInUse } from '../rows/inUse.ts';
import type { Tables } from './tables.ts';

/** What keeps a product or a location from being removed: units at any level of it, here or elsewhere, or on their way. */
export function loadUnitsInUse(tables: Tables, removal: Removal): UnitsInUse {
  const levels =
    'product' in removal
      ? tables.levels.ofSku(removal.product)
      : tables.levels.atLocation(removal.location);
  const shares =
    'product' in removal
      ? tables.shares.ofSku(removal.product)
      : tables.shares.atLocation(removal.location);
  return unitsInUse(removal, levels, tables.transfers.open(), shares);
}
