import type { LinkPolicy } from '../../src/domain/links/policy.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';
import type { WireWeather } from '../network/wire.ts';
import type { StoreWeather } from '../nodes/storeFaults.ts';
import { drawPolicy } from './policies.ts';

/** What a run is like. Rates are events a second of virtual time, over all, unless they say otherwise. */
export interface Profile {
  readonly shops: number;
  /** Processes of the hub on its one database. */
  readonly hubServers: number;
  readonly skus: number;
  /** Units that are delivered at once, at most: few make hot SKUs. */
  readonly deliveryMax: number;
  /** The policy that shops begin with. */
  readonly policy: LinkPolicy;
  /** How often a shop's planner looks what is to be moved, in milliseconds. */
  readonly balanceMs: number;
  /** How often somebody changes a policy, as weight among all that people do. */
  readonly policyChanges: number;
  /** Mean time between two things that somebody in the shops or online does, in milliseconds. */
  readonly paceMs: number;
  readonly ttlSecondsMax: number;
  readonly wire: WireWeather;
  readonly store: StoreWeather;
  readonly crashes: number;
  readonly cuts: number;
  readonly clockJumps: number;
  /** How much faster or slower than time a clock runs at most, as a part of 1. */
  readonly clockDrift: number;
  readonly restores: number;
  /** Whether several nodes may be restored before the links of the first are reconciled: each to what it was before. */
  readonly overlappingRestores: boolean;
  readonly copies: number;
  readonly retirements: number;
}

const CALM_WIRE: WireWeather = { latencyMs: 5, loss: 0, double: 0, reorder: 0, late: 0 };
const CALM_STORE: StoreWeather = { stepMs: 0.5, stall: 0, fault: 0 };

/** Draws what the run of a seed is like: every fault is absent in some, and mild or rough in others. */
export function drawProfile(random: SeededRandom): Profile {
  const some = (probability: number, rate: number) =>
    random.chance(probability) ? random.fraction() * rate : 0;
  return {
    shops: random.between(1, 4),
    hubServers: random.chance(0.3) ? 2 : 1,
    skus: random.between(1, 3),
    deliveryMax: random.pick([2, 4, 12]),
    policy: drawPolicy(random),
    balanceMs: random.pick([1_000, 1_000, 200]),
    policyChanges: random.pick([0, 0.5, 0.5, 4]),
    paceMs: random.pick([15, 40, 120]),
    ttlSecondsMax: random.pick([2, 10, 60]),
    wire: {
      latencyMs: random.pick([2, 20, 150]),
      loss: some(0.4, 0.1),
      double: some(0.4, 0.2),
      reorder: some(0.4, 0.2),
      late: some(0.4, 0.05),
    },
    store: { stepMs: random.pick([0.2, 1, 8]), stall: some(0.3, 0.02), fault: some(0.5, 0.03) },
    crashes: some(0.6, 0.8),
    cuts: some(0.6, 0.5),
    clockJumps: some(0.4, 0.3),
    clockDrift: some(0.5, 0.2),
    restores: some(0.3, 0.15),
    copies: some(0.15, 0.15),
    retirements: some(0.2, 0.1),
    overlappingRestores: random.chance(0.25),
  };
}

/** What everything becomes when it is healed. */
export const CALM = { wire: CALM_WIRE, store: CALM_STORE } as const;
