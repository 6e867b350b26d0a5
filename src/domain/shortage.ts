import type { Line } from './commands.ts';
import type { LevelShortage, UnitsElsewhere } from './refusals.ts';
import type { State } from './state.ts';

/** What is missing of a line, and where else there is some. */
export function shortageOf(state: State, { sku, location, quantity }: Line): LevelShortage {
  const { available } = state.level(sku, location);
  const elsewhere = unitsElsewhere(state, sku, location);
  return {
    sku,
    location,
    requested: quantity,
    available: Math.max(available, 0),
    earliestReleaseAt: state.earliestReleaseAt(sku, location),
    ...(elsewhere.length > 0 && { elsewhere }),
  };
}

export function unitsElsewhere(state: State, sku: string, location: string): UnitsElsewhere[] {
  return state
    .sharesOf(sku, location)
    .filter(({ available }) => available > 0)
    .map(({ peer, available, time }) => ({ node: peer, available, asOf: time }));
}
