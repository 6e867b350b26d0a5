/** Orders texts by their UTF-8 bytes, as every engine does; UTF-16 units would sort U+FF5E after an emoji. */
function compareText(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

type Part = string | number;

/** Orders rows by several parts of a key, the first part first. */
export function compareParts(one: readonly Part[], other: readonly Part[]): number {
  for (const [index, part] of one.entries()) {
    const order = comparePart(part, other[index] ?? part);
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(one: Part, other: Part): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return compareText(String(one), String(other));
}

/** One page of `rows`: sorted by key, after the key `after`, at most `limit`. */
export function pageOf<T>(
  rows: Iterable<T>,
  keyOf: (row: T) => readonly Part[],
  after: readonly Part[] | undefined,
  limit: number,
): T[] {
  return [...rows]
    .filter((row) => after === undefined || compareParts(keyOf(row), after) > 0)
    .sort((one, other) => compareParts(keyOf(one), keyOf(other)))
    .slice(0, limit);
}
