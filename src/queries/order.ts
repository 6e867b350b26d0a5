/** What orders levels in a list. */
export interface LevelPlace {
  readonly sku: string;
  readonly location: string;
}

/** Orders levels as every list of them is. */
export function compareLevels(one: LevelPlace, other: LevelPlace): number {
  return compareText(one.sku, other.sku) || compareText(one.location, other.location);
}

/** By code points, as UTF-8 bytes do; the units of a text here would sort U+FF5E after an emoji. */
export function compareText(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    if (one.charCodeAt(at) === other.charCodeAt(at)) continue;
    return (one.codePointAt(at) ?? 0) - (other.codePointAt(at) ?? 0);
  }
  return one.length - other.length;
}
