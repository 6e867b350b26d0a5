import type { Line } from '../commands.ts';
import { invariant } from '../invariant.ts';
import { byPreference, type ParcelPlace, type Preference } from './order.ts';
import { fewestPlaces } from './parcels.ts';
import type { Strategy } from './sourcing.ts';

/** A place that can give units of a line; at least one. */
export interface Supply extends Preference {
  readonly units: number;
}

/** What is wanted of one SKU, and where it is. */
export interface Demand {
  readonly sku: string;
  readonly quantity: number;
  readonly supplies: readonly Supply[];
}

/**
 * Chooses where each line comes from. The parts of a line add up to it, and none is more than the place can give.
 * @param demands no two of one SKU, each with enough units in all of its places
 * @param parcels places that the order takes something from in any case
 */
export function chooseParts(
  strategy: Strategy,
  demands: readonly Demand[],
  parcels: ReadonlySet<string>,
): readonly Line[] {
  const parts =
    strategy === 'fewest_parcels'
      ? partsFromFewest(demands, parcels)
      : demands.flatMap((demand) => take(demand, inOrder(strategy, demand.supplies)));
  for (const { sku, quantity } of demands) {
    const sum = parts.reduce((units, part) => units + (part.sku === sku ? part.quantity : 0), 0);
    invariant(sum === quantity, () => `${sum} units are the parts of a line of ${quantity}`);
  }
  return parts;
}

/** The places of a line as the strategy prefers them, as far as it looks at one line. */
export function inOrder<S extends Supply>(strategy: Strategy, supplies: readonly S[]): S[] {
  return [...supplies].sort(strategy === 'nearest' ? byPreference : byUnits);
}

function byUnits(one: Supply, other: Supply): number {
  return other.units - one.units || byPreference(one, other);
}

function take({ sku, quantity }: Demand, supplies: readonly Supply[]): Line[] {
  const parts: Line[] = [];
  let open = quantity;
  for (const { location, units } of supplies) {
    if (open === 0) break;
    const part = Math.min(units, open);
    parts.push({ sku, location, quantity: part });
    open -= part;
  }
  return parts;
}

function partsFromFewest(demands: readonly Demand[], parcels: ReadonlySet<string>): Line[] {
  const places = placesOf(demands);
  const inAnyCase = places.filter(({ location }) => parcels.has(location));
  const others = places.filter(({ location }) => !parcels.has(location));
  const open = demands.map(({ quantity }) => quantity);
  for (const { units } of inAnyCase) {
    for (const [line, most] of units) open[line] = Math.max((open[line] ?? 0) - most, 0);
  }
  const chosen = new Set(fewestPlaces(others, open).map(({ location }) => location));
  for (const { location } of inAnyCase) chosen.add(location);
  return demands.flatMap((demand) => {
    const supplies = demand.supplies.filter(({ location }) => chosen.has(location));
    return take(demand, wholeIfPossible(demand, supplies));
  });
}

/** From one place, the preferred one of those that can give it all; otherwise from as few as can be. */
function wholeIfPossible({ quantity }: Demand, supplies: readonly Supply[]): readonly Supply[] {
  const [whole] = supplies.filter(({ units }) => units >= quantity).sort(byPreference);
  return whole ? [whole] : inOrder('most_stock', supplies);
}

/** All places of an order, with what each can give of each line. */
function placesOf(demands: readonly Demand[]): ParcelPlace[] {
  const places = new Map<string, { km: number; listed: number; units: Map<number, number> }>();
  for (const [line, { quantity, supplies }] of demands.entries()) {
    for (const { location, km, listed, units } of supplies) {
      const place = places.get(location) ?? { km, listed, units: new Map<number, number>() };
      place.units.set(line, Math.min(units, quantity));
      place.listed = Math.min(place.listed, listed);
      places.set(location, place);
    }
  }
  return [...places].map(([location, place]) => ({ location, ...place }));
}
