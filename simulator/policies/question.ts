import { POLICIES, type SharePolicy } from '../../src/domain/links/policy.ts';
import type { Figures } from './figures.ts';
import { OUTAGES } from './outages.ts';
import { World } from './world.ts';

/** A policy that takes part. */
export interface Contender {
  readonly name: string;
  readonly policy: SharePolicy;
}

const SPLIT_FLOOR = 1;

export const CONTENDERS: readonly Contender[] = [
  { name: 'adaptive', policy: POLICIES.adaptive },
  { name: 'split', policy: { ...POLICIES.split, floor: SPLIT_FLOOR } },
  { name: 'shop', policy: POLICIES.shop },
  { name: 'hub', policy: POLICIES.hub },
];

/** How one policy does under outages of one kind: so many runs, one for each seed. */
export interface Cell {
  readonly contender: string;
  readonly outages: string;
}

/** One run. */
export interface Task extends Cell {
  readonly seed: number;
  readonly days: number;
}

/** @throws {Error} what must not happen has happened, or there is no such policy */
export async function runTask({ seed, days, ...cell }: Task): Promise<Figures> {
  const contender = CONTENDERS.find(({ name }) => name === cell.contender);
  const outages = OUTAGES.find(({ name }) => name === cell.outages);
  if (!contender || !outages) throw new Error(`nobody knows ${JSON.stringify(cell)}`);
  return new World({ seed, days, policy: contender.policy, outages }).run();
}
