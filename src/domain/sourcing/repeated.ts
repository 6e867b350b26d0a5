import type { Line } from '../commands.ts';
import { quantityByLevel } from '../lines.ts';
import { levelKey } from '../stock.ts';
import { mayComeFrom, type Sourcing } from './sourcing.ts';

/**
 * Whether a reservation is what a request with open lines asks for: what its fixed lines leave are the open lines, from
 * where they may come. A request that says otherwise where the goods may come from, and would have been answered by the
 * same lines, is not told apart; whoever repeats it gets what it asks for all the same.
 */
export function isAnsweredBy(
  lines: readonly Line[],
  fixed: readonly Line[],
  sourcing: Sourcing,
): boolean {
  const open = new Map(sourcing.lines.map((line) => [line.sku, line]));
  const left = quantityByLevel(fixed);
  const sums = new Map<string, number>();
  for (const { sku, location, quantity } of lines) {
    const key = levelKey(sku, location);
    const part = quantity - (left.get(key) ?? 0);
    left.delete(key);
    if (part === 0) continue;
    const line = open.get(sku);
    if (part < 0 || !line || !mayComeFrom(line.from, location)) return false;
    sums.set(sku, (sums.get(sku) ?? 0) + part);
  }
  return left.size === 0 && sourcing.lines.every(({ sku, quantity }) => sums.get(sku) === quantity);
}
