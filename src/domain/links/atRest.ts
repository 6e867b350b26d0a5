import type { SharePolicy } from './policy.ts';

/** Units at each end of a link. */
export interface Ends {
  readonly hub: number;
  readonly shop: number;
}

/** Demand below this is chance: one sale long ago, at a place that sells much else. */
const EXPECTED_UNITS_MIN = 0.0005;
/** Standard deviations of a Poisson count that an end is to have beyond what is expected: enough in 98 of 100 cases. */
const SAFETY_DEVIATIONS = 2;

/** What an end is to have to serve those who are expected: the base stock level of a newsvendor. */
function needOf(expected: number): number {
  if (expected < EXPECTED_UNITS_MIN) return 0;
  return Math.ceil(expected + SAFETY_DEVIATIONS * Math.sqrt(expected));
}

/** What each end needs; the shop no less than its floor. */
export function needsOf(demand: Ends, { floor }: SharePolicy): Ends {
  return { hub: needOf(demand.hub), shop: Math.max(needOf(demand.shop), floor) };
}

/**
 * How many of `all` available units the hub is to own at rest; not rounded.
 * @param demand units that are expected to be asked for at each end before units can be passed on again
 */
export function hubPart(all: number, policy: SharePolicy, demand: Ends | undefined): number {
  const expected = demand && demand.hub + demand.shop;
  if (policy.adaptive !== true || demand === undefined || !expected) {
    return Math.min(policy.hubShare * all, Math.max(all - policy.floor, 0));
  }
  const needs = needsOf(demand, policy);
  const rest = all - needs.hub - needs.shop;
  if (rest < 0) return Math.min(evenChances(all, demand), Math.max(all - policy.floor, 0));
  return needs.hub + (rest * demand.hub) / expected;
}

/**
 * The hub's part of units that are too few for what both need: each has what is expected there, and what is left over is
 * divided by standard deviations, so that both do as well. Without anything left over, each has its part of demand.
 */
function evenChances(all: number, demand: Ends): number {
  const expected = demand.hub + demand.shop;
  if (all <= expected) return (all * demand.hub) / expected;
  const deviations = Math.sqrt(demand.hub) + Math.sqrt(demand.shop);
  return demand.hub + ((all - expected) * Math.sqrt(demand.hub)) / deviations;
}
