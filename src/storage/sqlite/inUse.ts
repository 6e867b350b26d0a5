import type { UnitsInUse } from '../../domain/state.ts';
import { hasUnits, onHand } from '../../domain/stock.ts';
import { type Transfer, type TransferLine, underWay } from '../../domain/transfer.ts';
import type { Removal } from '../../ledger/store.ts';
import type { Tables } from './tables.ts';

/** What keeps a product or a location from being removed: units at any level of it, or on their way. */
export function loadUnitsInUse(tables: Tables, removal: Removal): UnitsInUse {
  const levels =
    'product' in removal
      ? tables.levels.ofSku(removal.product)
      : tables.levels.atLocation(removal.location);
  const inTransit = sum(
    tables.transfers
      .open()
      .flatMap((transfer) => transfer.lines.filter((line) => concerns(transfer, line, removal)))
      .map(underWay),
  );
  const inUse = inTransit > 0 || levels.some(hasUnits);
  return { onHand: sum(levels.map(onHand)), inTransit, inUse };
}

function concerns({ from, to }: Transfer, { sku }: TransferLine, removal: Removal): boolean {
  return 'product' in removal
    ? sku === removal.product
    : from === removal.location || to === removal.location;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
