import { Journal } from '../kernel/journal.ts';
import { type RunResult, Simulation } from '../simulation.ts';
import type { Mutation } from './seams.ts';

/** Within so many seeds a planted bug must be found. */
export const HUNT_SEEDS_MAX = 60;

/** Runs seeds until one shows the planted bug. @returns that run; null when none did */
export async function hunt(
  { plant: newSeams, profile = {} }: Mutation,
  steps: number,
): Promise<RunResult | null> {
  for (let seed = 1; seed <= HUNT_SEEDS_MAX; seed++) {
    const journal = new Journal(0);
    const simulation = new Simulation({ seed, steps, journal, newSeams, profile });
    const result = await simulation.run();
    if (result.failure !== null) return result;
  }
  return null;
}
