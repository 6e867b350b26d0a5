import type { ReserveCommand } from '../domain/commands.ts';
import { CANDIDATES_FIRST_MAX, CANDIDATES_IN_ALL_MAX, CANDIDATES_MAX } from '../domain/limits.ts';
import { type Coordinates, distanceKm } from '../domain/sourcing/coordinates.ts';
import { UNLISTED } from '../domain/sourcing/order.ts';
import { inOrder, type Supply } from '../domain/sourcing/plan.ts';
import {
  type Candidate,
  mayComeFrom,
  type OpenLine,
  type Sourcing,
} from '../domain/sourcing/sourcing.ts';
import type { FoundPlace, Item, Work } from './ledger.ts';
import type { SeenPlace } from './placeFinder.ts';

/** What was seen for the open lines of a work. */
export interface Seen {
  readonly places: ReadonlyMap<string, readonly SeenPlace[]>;
  readonly coordinates: ReadonlyMap<string, Coordinates>;
}

type Sourced = ReserveCommand & { readonly sourcing: Sourcing };

/** The products of lines that leave the location open and that nobody has looked for yet. */
export function productsToFind(work: Work): ReadonlySet<string> {
  const skus = new Set<string>();
  for (const { sku, candidates } of openLinesOf(work)) if (candidates === undefined) skus.add(sku);
  return skus;
}

/** The lines of the work that leave the location open. */
export function openLinesOf(work: Work): readonly OpenLine[] {
  return sourcedIn(work).flatMap(({ sourcing }) => sourcing.lines);
}

/** Whether some place has to be near to another. */
export function asksForDistance(work: Work): boolean {
  return sourcedIn(work).some(({ sourcing }) => sourcing.near !== undefined);
}

function sourcedIn({ items }: Work): readonly Sourced[] {
  return items.flatMap(({ command }) => (isSourced(command) ? [command] : []));
}

function isSourced(command: Item['command']): command is Sourced {
  return command.type === 'reserve' && command.sourcing !== undefined;
}

/**
 * The work with the places to be looked at for its open lines: of those with units the ones that the strategy likes best.
 * Where they do not have enough, the commit is to read all places that there are.
 */
export function withCandidates(work: Work, seen: Seen): Work {
  let looksEverywhere = work.looksEverywhere === true;
  const located = withLines(work, (line, sourcing) => {
    if (line.candidates !== undefined) return line;
    const places = rankedPlaces(line, sourcing, seen);
    const best = bestPlaces(places, line.quantity, placesMax(sourcing.lines));
    if (unitsOf(best) < line.quantity) looksEverywhere = true;
    return { ...line, candidates: best.map(({ place }) => candidateOf(place)) };
  });
  return { ...located, looksEverywhere };
}

/** The work with these places to be looked at before those that it has. */
export function withMorePlaces(work: Work, places: readonly FoundPlace[]): Work {
  const bySku = Map.groupBy(places, ({ sku }) => sku);
  const located = withLines(work, (line, { lines }) => {
    const more = bySku.get(line.sku)?.filter(({ location }) => mayComeFrom(line.from, location));
    if (!more) return line;
    const known = (line.candidates ?? []).map(
      (candidate) => [candidate.location, candidate] as const,
    );
    const candidates = new Map<string, Candidate>([
      ...more.map(({ location }) => [location, { location }] as const),
      ...known,
    ]);
    return { ...line, candidates: [...candidates.values()].slice(0, placesMax(lines)) };
  });
  return { ...located, looksEverywhere: true };
}

/** How many places are looked at for each of the lines. */
export function placesMax(lines: readonly OpenLine[]): number {
  return Math.min(CANDIDATES_MAX, Math.floor(CANDIDATES_IN_ALL_MAX / Math.max(lines.length, 1)));
}

function withLines(work: Work, change: (line: OpenLine, sourcing: Sourcing) => OpenLine): Work {
  const items = work.items.map((item) => {
    const { command } = item;
    if (!isSourced(command)) return item;
    const { sourcing } = command;
    const lines = sourcing.lines.map((line) => change(line, sourcing));
    return { ...item, command: { ...command, sourcing: { ...sourcing, lines } } };
  });
  return { ...work, items };
}

/** A place with units, or without. */
type Ranked = Supply & { readonly place: SeenPlace };

/** Places that a line may come from, as its strategy likes them, as far as that looks at one line. */
function rankedPlaces(
  { sku, from }: OpenLine,
  { strategy, near }: Sourcing,
  { places, coordinates }: Seen,
): readonly Ranked[] {
  const listed = new Map(from === 'any' ? [] : from.map((location, index) => [location, index]));
  const allowed = (places.get(sku) ?? []).filter(
    ({ location }) => from === 'any' || listed.has(location),
  );
  const ranked = allowed.map((place): Ranked => {
    const point = coordinates.get(place.location);
    return {
      place,
      location: place.location,
      listed: listed.get(place.location) ?? UNLISTED,
      km: near && point ? distanceKm(near, point) : Number.POSITIVE_INFINITY,
      units: place.peers.reduce((sum, { available }) => sum + available, place.available),
    };
  });
  return inOrder(strategy, ranked);
}

/**
 * The first places with units, and as many more as it takes to have enough. Where they would be too many, those with most
 * units. Where all have not enough, they are followed by the first that have none: one of them may be the first choice.
 */
function bestPlaces(ranked: readonly Ranked[], wanted: number, max: number): readonly Ranked[] {
  const full = ranked.filter(({ units }) => units > 0);
  const first = full.slice(0, Math.max(CANDIDATES_FIRST_MAX, placesFor(full, wanted)));
  if (unitsOf(first) >= wanted && first.length <= max) return first;
  const fullest = inOrder('most_stock', full).slice(0, max);
  if (unitsOf(full) >= wanted) return fullest;
  return [...new Set([...fullest, ...ranked.slice(0, CANDIDATES_FIRST_MAX)])].slice(0, max);
}

/** How many of the places, from the first one on, it takes to have so many units; all where they have not enough. */
function placesFor(places: readonly Ranked[], wanted: number): number {
  let open = wanted;
  const last = places.findIndex(({ units }) => {
    open -= units;
    return open <= 0;
  });
  return last < 0 ? places.length : last + 1;
}

function unitsOf(places: readonly Ranked[]): number {
  return places.reduce((sum, { units }) => sum + units, 0);
}

function candidateOf({ location, peers }: SeenPlace): Candidate {
  return peers.length === 0 ? { location } : { location, peers: peers.map(({ peer }) => peer) };
}
