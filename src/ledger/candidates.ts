import type { ReserveCommand } from '../domain/commands.ts';
import { CANDIDATES_FIRST_MAX, CANDIDATES_IN_ALL_MAX, CANDIDATES_MAX } from '../domain/limits.ts';
import type { LevelName } from '../domain/links/commands.ts';
import { type Coordinates, distanceKm } from '../domain/sourcing/coordinates.ts';
import { UNLISTED } from '../domain/sourcing/order.ts';
import { inOrder, type Supply } from '../domain/sourcing/plan.ts';
import {
  type Candidate,
  mayComeFrom,
  type OpenLine,
  type Sourcing,
} from '../domain/sourcing/sourcing.ts';
import type { Item, Work } from './ledger.ts';
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
  for (const { sourcing } of sourcedIn(work)) {
    for (const { sku, candidates } of sourcing.lines) if (candidates === undefined) skus.add(sku);
  }
  return skus;
}

/** Whether any line of the work leaves the location open. */
export function hasOpenLines({ items }: Work): boolean {
  return items.some(({ command }) => command.type === 'reserve' && command.sourcing !== undefined);
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

/** The work with the places to be looked at for its open lines: those with units that the strategy likes best. */
export function withCandidates(work: Work, seen: Seen): Work {
  return withLines(work, (line, sourcing) =>
    line.candidates === undefined
      ? { ...line, candidates: bestPlaces(line, sourcing, seen) }
      : line,
  );
}

/** The work with more places to be looked at. */
export function withMorePlaces(work: Work, places: readonly LevelName[]): Work {
  const bySku = Map.groupBy(places, ({ sku }) => sku);
  return withLines(work, (line, { lines }) => {
    const more = bySku.get(line.sku)?.filter(({ location }) => mayComeFrom(line.from, location));
    if (!more) return line;
    const known = new Map<string, Candidate>(
      line.candidates?.map((candidate) => [candidate.location, candidate]),
    );
    for (const { location } of more) {
      if (!known.has(location)) known.set(location, { location });
    }
    return { ...line, candidates: [...known.values()].slice(0, placesMax(lines)) };
  });
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

/** Where there are more than are looked at first, those that the strategy likes best as far as it looks at one line. */
function bestPlaces(
  { sku, from }: OpenLine,
  { strategy, near }: Sourcing,
  { places, coordinates }: Seen,
): readonly Candidate[] {
  const listed = new Map(from === 'any' ? [] : from.map((location, index) => [location, index]));
  const allowed = (places.get(sku) ?? []).filter(
    ({ location }) => from === 'any' || listed.has(location),
  );
  if (allowed.length <= CANDIDATES_FIRST_MAX) return allowed.map(candidateOf);
  const supplies = allowed.map((place): Supply & { readonly place: SeenPlace } => {
    const point = coordinates.get(place.location);
    return {
      place,
      location: place.location,
      listed: listed.get(place.location) ?? UNLISTED,
      km: near && point ? distanceKm(near, point) : Number.POSITIVE_INFINITY,
      units: place.peers.reduce((sum, { available }) => sum + available, place.available),
    };
  });
  return inOrder(strategy, supplies)
    .slice(0, CANDIDATES_FIRST_MAX)
    .map(({ place }) => candidateOf(place));
}

function candidateOf({ location, peers }: SeenPlace): Candidate {
  return peers.length === 0 ? { location } : { location, peers: peers.map(({ peer }) => peer) };
}
