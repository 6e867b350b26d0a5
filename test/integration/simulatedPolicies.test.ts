import { describe, expect, it } from 'vitest';
import { drawCurve } from '../../simulator/policies/chart.ts';
import { estimate, FALSELY, falselyConnected } from '../../simulator/policies/metrics.ts';
import { hoursADay } from '../../simulator/policies/outages.ts';
import { CONTENDERS, runTask } from '../../simulator/policies/question.ts';
import { markdownLines } from '../../simulator/policies/report.ts';
import type { CellResult } from '../../simulator/policies/runs.ts';

const SEEDS = [1, 3];
const DAYS = 3;
const TIME_LIMIT_MS = 300_000;

/** Each run checks by itself that nothing is oversold and that all books are right. */
async function runCell(contender: string, hours: number): Promise<CellResult> {
  const outages = hoursADay(hours).name;
  const runs = [];
  for (const seed of SEEDS) runs.push(await runTask({ contender, outages, seed, days: DAYS }));
  return { contender, outages, runs };
}

function falsely({ runs }: CellResult): number {
  return estimate(FALSELY, runs).value;
}

describe('a hub and its shops, whatever the policy', () => {
  it.each(CONTENDERS)(
    'refuse nobody falsely while lines work: $name',
    async ({ name }) => {
      const never = await runCell(name, 0);
      expect(falselyConnected(never.runs)).toBe(0);
      expect(falsely(never)).toBe(0);
      for (const { sales, messages, unitHours } of never.runs) {
        expect(Math.min(sales, messages, unitHours)).toBeGreaterThan(0);
      }
    },
    TIME_LIMIT_MS,
  );

  it(
    'refuse more the longer lines are cut, and least where units lie on both sides',
    async () => {
      const hour = await runCell('adaptive', 1);
      const halfDay = await runCell('adaptive', 12);
      const atHub = await runCell('hub', 12);
      for (const { runs } of [hour, halfDay, atHub]) expect(falselyConnected(runs)).toBe(0);
      expect(falsely(hour)).toBeLessThan(1);
      expect(falsely(halfDay)).toBeGreaterThan(falsely(hour));
      expect(falsely(atHub)).toBeGreaterThan(falsely(halfDay));
      expect(markdownLines([hour, halfDay, atHub])).toHaveLength(2 + 3);
      const curve = drawCurve([hour, halfDay, atHub]);
      const words = ['0.25 h', '12 h', 'adaptive', 'hub'];
      expect(words.filter((word) => !curve.includes(word))).toEqual([]);
    },
    TIME_LIMIT_MS,
  );

  it('do the same again with the same seed', async () => {
    const task = { contender: 'adaptive', outages: 'flaky', seed: 5, days: 2 };
    expect(await runTask(task)).toEqual(await runTask(task));
  });
});

describe('a figure of many runs', () => {
  const runs = [2, 4, 6].map((of) => ({ of, per: 100 }));
  const metric = {
    heading: 'of',
    parts: (figures: { readonly sales: number; readonly messages: number }) => ({
      of: figures.messages,
      per: figures.sales,
    }),
    scale: 100,
    digits: 1,
  };

  it('is a ratio of sums, with the spread of seeds around it', () => {
    const given = runs.map(({ of, per }) => ({ sales: per, messages: of }));
    const { value, error } = estimate(metric, given);
    expect(value).toBeCloseTo(4);
    // The standard error of 2, 4 and 6 is 2 / sqrt(3).
    expect(error).toBeCloseTo((1.96 * 2) / Math.sqrt(3));
  });
});
