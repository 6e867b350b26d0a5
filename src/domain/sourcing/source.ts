import type { Location } from '../catalogue.ts';
import type { Line } from '../commands.ts';
import { quantityByLevel } from '../lines.ts';
import type { Share } from '../links/share.ts';
import type { OpenShortage, UnitsElsewhere } from '../refusals.ts';
import { unitsElsewhere } from '../shortage.ts';
import type { State } from '../state.ts';
import { type LevelKey, levelKey } from '../stock.ts';
import { coordinatesOf, distanceKm } from './coordinates.ts';
import { UNLISTED } from './order.ts';
import { chooseParts, type Demand, inOrder, type Supply } from './plan.ts';
import { type Candidate, mayComeFrom, type OpenLine, type Sourcing } from './sourcing.ts';
import { type StockedPlace, unitsIn } from './stockedPlace.ts';

/** How many units that another node owns may be counted on. */
export type Borrowable = (share: Share) => number;

/** Where the open lines come from. */
export interface Sourced {
  /** The parts of all open lines; none where anything is missing. */
  readonly parts: readonly Line[];
  readonly shortages: readonly OpenShortage[];
}

/**
 * Chooses where open lines come from, among the candidates that were loaded: what is available here and, as far as
 * `borrowable` says so, at other nodes. Nothing comes from a location that is fenced, and what the other lines of the
 * reservation take of a level is theirs.
 */
export function sourceLines(
  state: State,
  sourcing: Sourcing,
  fixed: readonly Line[],
  borrowable: Borrowable,
): Sourced {
  const taken = quantityByLevel(fixed);
  const demands = sourcing.lines.map((line) => demandOf(state, sourcing, line, taken, borrowable));
  const shortages = sourcing.lines.flatMap((line, index) => {
    const supplies = demands[index]?.supplies ?? [];
    const available = supplies.reduce((sum, { units }) => sum + units, 0);
    return available < line.quantity ? [openShortage(state, sourcing, line, taken)] : [];
  });
  if (shortages.length > 0) return { parts: [], shortages };
  const parcels = new Set(fixed.map(({ location }) => location));
  return { parts: chooseParts(sourcing.strategy, demands, parcels), shortages };
}

/** Units that are available here, over all candidates of an open line. */
export function availableForLine(state: State, line: OpenLine, fixed: readonly Line[]): number {
  const taken = quantityByLevel(fixed);
  return placesOf(state, line).reduce((sum, place) => sum + left(state, line, place, taken), 0);
}

/** Where nothing is promised of those that a line may come from; undefined where there is another place. */
export function fencedOrigin(state: State, { candidates = [] }: OpenLine): Location | undefined {
  const places = candidates.map(({ location }) => state.location(location));
  return places.every((place) => place?.fence !== undefined) ? places[0] : undefined;
}

/** Candidates of a line from which something may come, whether they have any or not. */
function placesOf(state: State, { candidates = [] }: OpenLine): readonly Candidate[] {
  return candidates.filter(({ location }) => {
    const place = state.location(location);
    return place !== undefined && place.fence === undefined;
  });
}

function demandOf(
  state: State,
  sourcing: Sourcing,
  line: OpenLine,
  taken: ReadonlyMap<LevelKey, number>,
  borrowable: Borrowable,
): Demand {
  const { sku, quantity } = line;
  const supplies = suppliesOf(state, sourcing, line, (place) => {
    const shares = state.sharesOf(sku, place.location);
    const borrowed = shares.reduce((sum, share) => sum + borrowable(share), 0);
    return left(state, line, place, taken, borrowed);
  });
  return { sku, quantity, supplies: supplies.filter(({ units }) => units > 0) };
}

function suppliesOf(
  state: State,
  { near }: Sourcing,
  line: OpenLine,
  unitsAt: (place: Candidate) => number,
): Supply[] {
  const { from } = line;
  const ranks = new Map(from === 'any' ? [] : from.map((location, index) => [location, index]));
  return placesOf(state, line).map((place) => {
    const point = near && coordinatesAt(state, place);
    return {
      location: place.location,
      listed: ranks.get(place.location) ?? UNLISTED,
      km: near && point ? distanceKm(near, point) : Number.POSITIVE_INFINITY,
      units: unitsAt(place),
    };
  });
}

function coordinatesAt(state: State, { location }: Candidate) {
  const place = state.location(location);
  return place && coordinatesOf(place);
}

/** What of a level the other lines of the reservation leave. */
function left(
  state: State,
  { sku }: OpenLine,
  { location }: Candidate,
  taken: ReadonlyMap<LevelKey, number>,
  borrowed = 0,
): number {
  const own = Math.max(state.level(sku, location).available, 0);
  return Math.max(own + borrowed - (taken.get(levelKey(sku, location)) ?? 0), 0);
}

function openShortage(
  state: State,
  sourcing: Sourcing,
  line: OpenLine,
  taken: ReadonlyMap<LevelKey, number>,
): OpenShortage {
  const { sku, quantity, from } = line;
  const places = suppliesOf(state, sourcing, line, (place) => left(state, line, place, taken));
  const [preferred] = inOrder(sourcing.strategy, places);
  const others = otherPlaces(state, line);
  const full = others.filter((place) => unitsIn(place) > 0);
  const elsewhere = elsewhereInAll(
    places.flatMap((place) => unitsElsewhere(state, sku, place.location)),
  );
  return {
    sku,
    location: null,
    from,
    preferred: preferred?.location ?? (from === 'any' ? null : (from[0] ?? null)),
    requested: quantity,
    available: places.reduce((sum, { units }) => sum + units, 0),
    earliestReleaseAt: firstOf([
      ...places.map((place) => state.earliestReleaseAt(sku, place.location)),
      ...others.map(({ releaseAt }) => releaseAt),
    ]),
    ...(elsewhere.length > 0 && { elsewhere }),
    ...(full.length > 0 && { notLookedAt: { locations: full.length, units: sumOf(full) } }),
  };
}

/** Where the product is besides the candidates of the line. */
function otherPlaces(state: State, { sku, from, candidates = [] }: OpenLine): StockedPlace[] {
  const seen = new Set(candidates.map(({ location }) => location));
  return state
    .stockedAt(sku)
    .filter(({ location }) => !seen.has(location) && mayComeFrom(from, location));
}

function sumOf(places: readonly StockedPlace[]): number {
  return places.reduce((sum, place) => sum + unitsIn(place), 0);
}

/** What each node has in all places, as of the oldest news of it. */
function elsewhereInAll(units: readonly UnitsElsewhere[]): UnitsElsewhere[] {
  const byNode = Map.groupBy(units, ({ node }) => node);
  return [...byNode].map(([node, parts]) => ({
    node,
    available: parts.reduce((sum, { available }) => sum + available, 0),
    asOf: Math.min(...parts.map(({ asOf }) => asOf)),
  }));
}

function firstOf(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
