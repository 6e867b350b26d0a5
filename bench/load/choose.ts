import { openAutocannon } from './autocannon.ts';
import type { LoadGenerator } from './loadGenerator.ts';
import { findWrk } from './wrk.ts';

export const GENERATORS = ['wrk', 'autocannon'] as const;
export type GeneratorName = (typeof GENERATORS)[number];

/**
 * `wrk` where it is on the path, for it takes the least of the cores that it shares with the server; else autocannon.
 * @param wanted takes this one, or fails
 */
export async function chooseGenerator(wanted?: GeneratorName): Promise<LoadGenerator> {
  if (wanted === 'autocannon') return openAutocannon();
  const wrk = await findWrk();
  if (wrk !== null) return wrk;
  if (wanted === 'wrk') throw new Error('wrk is not on the path');
  return openAutocannon();
}
