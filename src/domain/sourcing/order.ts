/** What places are preferred by. */
export interface Preference {
  readonly location: string;
  /** Its place in the list of the line, or the best one in the lists of several; `UNLISTED` where it is in none. */
  readonly listed: number;
  /** How far it is to where the goods are to go; infinite where that is not known or does not matter. */
  readonly km: number;
}

/** A place with the units of each line that it can give, by the line's number; no more than the line wants. */
export interface ParcelPlace extends Preference {
  readonly units: ReadonlyMap<number, number>;
}

/** After all that is in a list. */
export const UNLISTED = Number.MAX_SAFE_INTEGER;

/** The nearer, then by the list, then by name: so the same question has the same answer. */
export function byPreference(one: Preference, other: Preference): number {
  return ascending(one.km, other.km) || one.listed - other.listed || byName(one, other);
}

/** Infinity less infinity is no number. */
function ascending(one: number, other: number): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function byName(one: Preference, other: Preference): number {
  if (one.location === other.location) return 0;
  return one.location < other.location ? -1 : 1;
}
