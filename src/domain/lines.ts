import type { Line } from './commands.ts';
import { type LevelKey, levelKey } from './stock.ts';

/** Adds up lines that name the same level, in the order of first mention. */
export function mergeLines(lines: readonly Line[]): readonly Line[] {
  if (lines.length < 2) return lines;
  const merged = quantityByLevel(lines);
  if (merged.size === lines.length) return lines;
  const first = new Map<LevelKey, Line>();
  for (const line of lines) {
    const key = levelKey(line.sku, line.location);
    if (!first.has(key)) first.set(key, { ...line, quantity: merged.get(key) ?? 0 });
  }
  return [...first.values()];
}

export function quantityByLevel(lines: readonly Line[]): Map<LevelKey, number> {
  const quantities = new Map<LevelKey, number>();
  for (const line of lines) {
    const key = levelKey(line.sku, line.location);
    quantities.set(key, (quantities.get(key) ?? 0) + line.quantity);
  }
  return quantities;
}

/** Whether two merged lists ask for the same, in whatever order. */
export function sameLines(one: readonly Line[], other: readonly Line[]): boolean {
  if (one.length !== other.length) return false;
  const quantities = quantityByLevel(other);
  return one.every((line) => quantities.get(levelKey(line.sku, line.location)) === line.quantity);
}
