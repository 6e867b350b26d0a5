import type { LevelName } from '../domain/links/commands.ts';
import type { Refusal } from '../domain/refusals.ts';
import { mayComeFrom, type OpenLine } from '../domain/sourcing/sourcing.ts';
import { placesMax } from './candidates.ts';
import type { DecidedAnswer } from './decidedAnswer.ts';
import type { Work } from './ledger.ts';
import { refusalsOf } from './missing.ts';
import type { WorkingState } from './workingState.ts';

/**
 * Where lines that leave the location open, and were refused, may come from besides the places that were looked at. Where
 * the products are stocked was read after all that was looked at was locked: so when there is no such place, the refusal
 * holds for the moment of the commit, whatever was found, or moved, before.
 */
export function unseenPlaces(
  state: WorkingState,
  { items }: Work,
  answer: DecidedAnswer,
): readonly LevelName[] {
  return refusalsOf(answer).flatMap(({ refusal, index }) => {
    const command = items[index]?.command;
    if (command?.type !== 'reserve') return [];
    const lines = command.sourcing?.lines ?? [];
    return lines
      .filter((line) => isToBlame(line, refusal))
      .flatMap((line) => unseenOrigins(state, line, placesMax(lines)));
  });
}

function isToBlame({ sku }: OpenLine, refusal: Refusal): boolean {
  if (refusal.code === 'node_fenced') return true;
  return (
    refusal.code === 'insufficient_stock' &&
    refusal.shortages.some((shortage) => shortage.location === null && shortage.sku === sku)
  );
}

function unseenOrigins(
  state: WorkingState,
  { sku, from, candidates = [] }: OpenLine,
  max: number,
): readonly LevelName[] {
  const room = max - candidates.length;
  if (room <= 0) return [];
  const seen = new Set(candidates.map(({ location }) => location));
  return state
    .stockedAt(sku)
    .filter((location) => !seen.has(location) && mayComeFrom(from, location))
    .slice(0, room)
    .map((location) => ({ sku, location }));
}
