import { BROKEN_COMMITS } from './brokenCommits.ts';
import { BROKEN_LINKS } from './brokenLinks.ts';
import { BROKEN_PLANS } from './brokenPlans.ts';
import { BROKEN_SHARES } from './brokenShares.ts';
import { BROKEN_TRANSFERS } from './brokenTransfers.ts';
import type { Mutation } from './seams.ts';

/** Bugs that the simulator must find: a test of the test. */
export const MUTATIONS: readonly Mutation[] = [
  ...BROKEN_COMMITS,
  ...BROKEN_SHARES,
  ...BROKEN_LINKS,
  ...BROKEN_PLANS,
  ...BROKEN_TRANSFERS,
];
