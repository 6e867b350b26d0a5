import { byPreference, type ParcelPlace } from './order.ts';
import { ParcelSearch } from './parcelSearch.ts';

/** Places times lines of an order; in a larger one the fewest places are not searched for. */
const SEARCHED_SIZE_MAX = 512;

/**
 * As few places as can be found that together give what is wanted of each line, in the order of preference. To find the
 * fewest is set cover, which takes exponential time in general. So the place that gives most is taken again and again,
 * and where that may be more than needed, and the order is not too large, fewer are searched for, as far as a bounded
 * number of steps goes. For one line it is always the fewest. It hangs on nothing but what is given, so it can be done
 * again with the same result.
 * @param wanted units of each line; all places together must have them
 */
export function fewestPlaces(
  places: readonly ParcelPlace[],
  wanted: readonly number[],
): readonly ParcelPlace[] {
  const preferred = [...places].sort(byPreference);
  const found = byCoverage(preferred, wanted);
  const fewest = leastPlaces(preferred, wanted);
  if (found.length <= fewest || preferred.length * wanted.length > SEARCHED_SIZE_MAX) return found;
  const search = new ParcelSearch(preferred, wanted);
  for (let count = fewest; count < found.length && !search.isOver; count++) {
    const fewer = search.ofSize(count);
    if (fewer) return fewer;
  }
  return found;
}

/** However places are chosen, some line needs this many. */
function leastPlaces(places: readonly ParcelPlace[], wanted: readonly number[]): number {
  const given: number[][] = wanted.map(() => []);
  for (const { units } of places) {
    for (const [line, most] of units) given[line]?.push(most);
  }
  return Math.max(0, ...given.map((units, line) => placesFor(units, wanted[line] ?? 0)));
}

function placesFor(units: readonly number[], wanted: number): number {
  let open = wanted;
  let count = 0;
  for (const most of [...units].sort((one, other) => other - one)) {
    if (open <= 0) break;
    open -= most;
    count += 1;
  }
  return count;
}

/** The place that gives most of what is still wanted, again and again; then those that turned out not to be needed go. */
function byCoverage(
  preferred: readonly ParcelPlace[],
  wanted: readonly number[],
): readonly ParcelPlace[] {
  const left = new Set(preferred);
  const chosen: ParcelPlace[] = [];
  const open = [...wanted];
  for (let best = largest(left, open); best; best = largest(left, open)) {
    left.delete(best);
    chosen.push(best);
    for (const [line, units] of best.units) open[line] = Math.max((open[line] ?? 0) - units, 0);
  }
  return withoutNeedless(chosen, wanted).sort(byPreference);
}

/** The first of those that give most; undefined when nothing more is wanted. */
function largest(places: Iterable<ParcelPlace>, open: readonly number[]): ParcelPlace | undefined {
  let best: ParcelPlace | undefined;
  let most = 0;
  for (const place of places) {
    let coverage = 0;
    for (const [line, units] of place.units) coverage += Math.min(units, open[line] ?? 0);
    if (coverage > most) {
      best = place;
      most = coverage;
    }
  }
  return best;
}

/** Those that came last were taken for the smallest rest. */
function withoutNeedless(chosen: readonly ParcelPlace[], wanted: readonly number[]): ParcelPlace[] {
  const given = wanted.map(() => 0);
  for (const { units } of chosen) {
    for (const [line, most] of units) given[line] = (given[line] ?? 0) + most;
  }
  const needed = new Set(chosen);
  for (const place of chosen.toReversed()) {
    const lines = [...place.units];
    if (lines.some(([line, units]) => (given[line] ?? 0) - units < (wanted[line] ?? 0))) continue;
    for (const [line, units] of lines) given[line] = (given[line] ?? 0) - units;
    needed.delete(place);
  }
  return [...needed];
}
