import { inFlight, type Share } from '../../domain/links/share.ts';
import type { UnitsInUse } from '../../domain/state.ts';
import { hasUnits, type Level, onHand } from '../../domain/stock.ts';
import { excess, type Transfer, type TransferLine, underWay } from '../../domain/transfer.ts';
import type { Removal } from '../../ledger/store.ts';

/**
 * What keeps a product or a location from being removed.
 * @param levels all of it
 * @param transfers all that are open
 * @param shares what other nodes own of it
 */
export function unitsInUse(
  removal: Removal,
  levels: readonly Pick<Level, 'available' | 'reserved' | 'committed' | 'unavailable'>[],
  transfers: readonly Transfer[],
  shares: readonly Share[] = [],
): UnitsInUse {
  const lines = transfers.flatMap((transfer) =>
    transfer.lines.filter((line) => concerns(transfer, line, removal)),
  );
  const inTransit = sum(lines.map(underWay)) + sum(shares.map(inFlight));
  // What has arrived in excess is yet to be matched, or explained.
  const isOpen = inTransit > 0 || lines.some((line) => excess(line) > 0);
  const inUse = isOpen || [...levels, ...shares].some(hasUnits);
  return { onHand: sum([...levels, ...shares].map(onHand)), inTransit, inUse };
}

function concerns({ from, to }: Transfer, { sku }: TransferLine, removal: Removal): boolean {
  return 'product' in removal
    ? sku === removal.product
    : from === removal.location || to === removal.location;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
