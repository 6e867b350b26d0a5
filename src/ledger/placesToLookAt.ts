import { CANDIDATES_FIRST_MAX } from '../domain/limits.ts';
import type { Refusal } from '../domain/refusals.ts';
import { mayComeFrom, type OpenLine } from '../domain/sourcing/sourcing.ts';
import { mayGive, type StockedPlace, unitsIn } from '../domain/sourcing/stockedPlace.ts';
import { placesMax } from './candidates.ts';
import type { DecidedAnswer } from './decidedAnswer.ts';
import type { FoundPlace, Work } from './ledger.ts';
import { refusalsOf } from './missing.ts';
import type { WorkingState } from './workingState.ts';

type KnownPlaces = Pick<WorkingState, 'now' | 'stockedAt'>;

/** A line that leaves the location open and was refused. */
interface RefusedLine {
  readonly line: OpenLine;
  /** How many places are looked at for it. */
  readonly placesMax: number;
  readonly isFenced: boolean;
}

/**
 * Where lines that leave the location open, and were refused, are to be looked for before the refusal holds; none if that
 * is not known yet; undefined when the refusal holds. It does when the places that were looked at are those with most
 * units, as far as one order can come from them: what they have is locked, and what all others have was read in one
 * moment after that, so it was so at that moment, whatever was found, or moved, before.
 */
export function placesToLookAt(
  state: KnownPlaces,
  work: Work,
  answer: DecidedAnswer,
): readonly FoundPlace[] | undefined {
  const refused = refusedLines(work, answer);
  if (refused.length === 0) return undefined;
  if (!work.looksEverywhere) return [];
  const places = refused.flatMap((line) => originsToLookAt(state, line, work.mayBorrow === true));
  return places.length > 0 ? places : undefined;
}

function refusedLines({ items }: Work, answer: DecidedAnswer): readonly RefusedLine[] {
  return refusalsOf(answer).flatMap(({ refusal, index }) => {
    const command = items[index]?.command;
    if (command?.type !== 'reserve') return [];
    const lines = command.sourcing?.lines ?? [];
    const isFenced = refusal.code === 'node_fenced';
    return lines
      .filter((line) => isFenced || isShort(line, refusal))
      .map((line) => ({ line, placesMax: placesMax(lines), isFenced }));
  });
}

function isShort({ sku }: OpenLine, refusal: Refusal): boolean {
  return (
    refusal.code === 'insufficient_stock' &&
    refusal.shortages.some((shortage) => shortage.location === null && shortage.sku === sku)
  );
}

/**
 * Those with units, the fullest first, then all others. Some are looked at even where nothing is left anywhere: one of them
 * is the first choice, where the demand is counted; and where all are fenced, one that is not may be among the empty ones.
 */
function originsToLookAt(
  state: KnownPlaces,
  { line, placesMax: max, isFenced }: RefusedLine,
  mayBorrow: boolean,
): readonly FoundPlace[] {
  const { sku, from, candidates = [] } = line;
  const seen = new Set(candidates.map(({ location }) => location));
  const places = state.stockedAt(sku).filter(({ location }) => mayComeFrom(from, location));
  const gives = (place: StockedPlace) => mayGive(place, state.now, mayBorrow);
  const units = (place: StockedPlace) => (mayBorrow ? unitsIn(place) : place.available);
  const full = places.filter(gives).sort((one, other) => units(other) - units(one));
  const others = places.filter((place) => !gives(place));
  const isUnseen = ({ location }: StockedPlace) => !seen.has(location);
  const found = (place: StockedPlace) => ({ sku, location: place.location, mayGive: gives(place) });
  if (full.slice(0, max).some(isUnseen)) return [...full, ...others].slice(0, max).map(found);
  if (seen.size > 0 && !isFenced) return [];
  const room = Math.max((isFenced ? max : CANDIDATES_FIRST_MAX) - seen.size, 0);
  return others.filter(isUnseen).slice(0, room).map(found);
}
