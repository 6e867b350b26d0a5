import type { Coordinates } from './coordinates.ts';

/**
 * How places are chosen for lines that leave the location open:
 * - `fewest_parcels`: as few places for the whole order as can be found;
 * - `nearest`: the nearest first, or without a point to be near to, in the order of the line's list;
 * - `most_stock`: the place with most units of the line first.
 */
export const STRATEGIES = ['fewest_parcels', 'nearest', 'most_stock'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export const STRATEGY_DEFAULT: Strategy = 'fewest_parcels';

/** Where a line may come from: anywhere, or from these locations, the preferred ones first. */
export type Origins = 'any' | readonly string[];

/** A line that leaves the location open. */
export interface OpenLine {
  readonly sku: string;
  readonly quantity: number;
  readonly from: Origins;
  /** Where it was seen: what is looked at, and locked, to decide. Absent until somebody has looked. */
  readonly candidates?: readonly Candidate[];
}

export interface Candidate {
  readonly location: string;
  /** Other nodes that had units of it there. */
  readonly peers?: readonly string[];
}

/** What a reservation leaves open. No two lines are of one SKU: then each can be filled without a look at the others. */
export interface Sourcing {
  readonly strategy: Strategy;
  /** Where the goods are to go. */
  readonly near?: Coordinates;
  readonly lines: readonly OpenLine[];
}

/** Whether a line may come from the location. */
export function mayComeFrom(from: Origins, location: string): boolean {
  return from === 'any' || from.includes(location);
}

/** Whether two lines may come from the same places, with the same preference. */
export function sameOrigins(one: Origins, other: Origins): boolean {
  if (one === 'any' || other === 'any') return one === other;
  return one.length === other.length && one.every((location, index) => location === other[index]);
}
