import { lineBalances, type Reservation } from '../domain/reservation.ts';
import { type LevelKey, levelKey } from '../domain/stock.ts';
import { outstanding, type Transfer } from '../domain/transfer.ts';
import type { Folded } from './foldHistories.ts';

/** Units of one level. */
export interface Promised {
  reserved: number;
  committed: number;
}

/** What open reservations say that each level has promised. */
export function promisedUnits(open: Iterable<Folded<Reservation>>): Map<LevelKey, Promised> {
  const promised = new Map<LevelKey, Promised>();
  for (const { row } of open) {
    for (const line of row.lines) {
      const key = levelKey(line.sku, line.location);
      const { reserved, committed } = lineBalances(row.status, line);
      const known = promised.get(key) ?? { reserved: 0, committed: 0 };
      known.reserved += reserved;
      // What was passed to the node that has the goods is committed there.
      known.committed += committed - (line.passed?.open ?? 0);
      promised.set(key, known);
    }
  }
  return promised;
}

/** Rows of holds that open reservations must have. */
export function holdCount(open: Iterable<Folded<Reservation>>): number {
  let count = 0;
  for (const { row } of open) if (row.status === 'held') count += row.lines.length;
  return count;
}

/** Units that transfers have on their way; those that arrived in excess count against them. */
export function unitsOnTheirWay(transfers: Iterable<Folded<Transfer>>): bigint {
  let units = 0n;
  for (const { row } of transfers) units += outstandingUnits(row);
  return units;
}

export function outstandingUnits({ lines }: Transfer): bigint {
  let units = 0n;
  for (const line of lines) units += BigInt(outstanding(line));
  return units;
}
