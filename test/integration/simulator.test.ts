import { describe, expect, it } from 'vitest';
import { Journal } from '../../simulator/kernel/journal.ts';
import { HUNT_SEEDS_MAX, hunt } from '../../simulator/mutations/hunt.ts';
import { MUTATIONS } from '../../simulator/mutations/planted.ts';
import { type RunResult, Simulation } from '../../simulator/simulation.ts';

const SEEDS = 100;
const STEPS = 400;
/** Runs in one test, so that a failure shows early which seed it was. */
const SEEDS_PER_TEST = 50;
const TIME_LIMIT_MS = 300_000;

async function run(seed: number): Promise<RunResult & { readonly last: readonly string[] }> {
  const journal = new Journal(30);
  const result = await new Simulation({ seed, steps: STEPS, journal }).run();
  return { ...result, last: journal.last() };
}

describe('a hub and its shops, with all that can go wrong', () => {
  const blocks = Array.from({ length: SEEDS / SEEDS_PER_TEST }, (_, i) => 1 + i * SEEDS_PER_TEST);

  it.each(blocks)(
    'keep what is promised: 50 seeds from %d on',
    async (first) => {
      for (let seed = first; seed < first + SEEDS_PER_TEST; seed++) {
        const { failure, happened, last } = await run(seed);
        const how = `seed ${seed}, step ${happened}: ${failure}\n${last.join('\n')}`;
        expect(failure, how).toBeNull();
      }
    },
    TIME_LIMIT_MS,
  );

  it('do the same again with the same seed', async () => {
    const [once, again] = [await run(42), await run(42)];
    expect(again).toEqual(once);
  });
});

describe('a planted bug', () => {
  it.each(MUTATIONS.map((mutation) => ({ mutation, name: mutation.name })))(
    `is found within ${HUNT_SEEDS_MAX} seeds: $name`,
    async ({ mutation }) => {
      expect(await hunt(mutation, STEPS)).not.toBeNull();
    },
    TIME_LIMIT_MS,
  );
});
