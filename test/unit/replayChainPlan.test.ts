import { describe, expect, it } from 'vitest';
import { cutsOf } from '../../src/cli/replay/chain/cuts.ts';
import { DAY_MS } from '../../src/cli/replay/chain/days.ts';
import { deliveriesOf } from '../../src/cli/replay/chain/deliveries.ts';
import { Draws } from '../../src/cli/replay/chain/draws.ts';
import { type Happening, planOf } from '../../src/cli/replay/chain/plan.ts';
import type { Basket } from '../../src/cli/replay/chain/sales.ts';

const START = Date.UTC(2017, 0, 1);
const HOUR_MS = 3_600_000;
const SETTINGS = { online: 0.2, cutMinutes: 60 };

/** Baskets of one line: `count` of them, an hour apart, by turns in two shops. */
function baskets(count: number): readonly Basket[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `b${index}`,
    shop: index % 2 === 0 ? 'north' : 'south',
    time: START + (index + 9) * HOUR_MS,
    units: new Map([[`sku-${index % 7}`, 1 + (index % 3)]]),
  }));
}

const SHOPS = ['north', 'south'];

function countOf(plan: readonly Happening[], kind: Happening['kind']): number {
  return plan.filter((happening) => happening.kind === kind).length;
}

describe('chance', () => {
  it('hangs on the seed and on what it is drawn for', () => {
    const draws = new Draws(1);
    expect(draws.fraction('a', 1)).toBe(new Draws(1).fraction('a', 1));
    const others = [draws.fraction('a', 2), draws.fraction('b', 1), new Draws(2).fraction('a', 1)];
    expect(others).not.toContain(draws.fraction('a', 1));
  });

  it('is spread evenly', () => {
    const draws = new Draws(3);
    const drawn = Array.from({ length: 4_000 }, (_, index) => draws.fraction(index));
    const below = [0.25, 0.5, 0.75].map((limit) => drawn.filter((f) => f < limit).length / 4_000);
    expect(below[0]).toBeCloseTo(0.25, 1);
    expect(below[1]).toBeCloseTo(0.5, 1);
    expect(below[2]).toBeCloseTo(0.75, 1);
  });

  it('gives rows of numbers and of bytes that go on', () => {
    const row = new Draws(1).row('node');
    expect(row.fraction()).not.toBe(row.fraction());
    const [some, more] = [row.bytes(40), row.bytes(40)];
    expect(some).toHaveLength(40);
    expect(some).not.toEqual(more);
    const again = new Draws(1).row('node');
    again.fraction();
    again.fraction();
    expect(again.bytes(40)).toEqual(some);
  });
});

describe('deliveries', () => {
  it('bring each week what is sold in it, a unit less here and a unit more there', () => {
    const sold = baskets(2_000);
    const deliveries = deliveriesOf(sold, new Draws(1));
    const wanted = new Map<string, number>();
    for (const { shop, time, units } of sold) {
      const week = START + Math.floor((time - START) / (7 * DAY_MS)) * 7 * DAY_MS;
      for (const [sku, count] of units) {
        const key = `${shop} ${week} ${sku}`;
        wanted.set(key, (wanted.get(key) ?? 0) + count);
      }
    }
    const off = new Map<number, number>();
    for (const { shop, time, units } of deliveries) {
      for (const [sku, count] of units) {
        const key = `${shop} ${time} ${sku}`;
        const by = count - (wanted.get(key) ?? Number.NaN);
        off.set(by, (off.get(by) ?? 0) + 1);
        wanted.delete(key);
      }
    }
    expect([...off.keys()].sort()).toEqual([-1, 0, 1]);
    // What was not delivered at all was a single unit that was left out.
    expect([...wanted.values()].every((count) => count === 1)).toBe(true);
    const levels = [...off.values()].reduce((a, b) => a + b, wanted.size);
    const short = ((off.get(-1) ?? 0) + wanted.size) / levels;
    expect(short).toBeGreaterThan(0.01);
    expect(short).toBeLessThan(0.1);
    const spare = (off.get(1) ?? 0) / levels;
    expect(spare).toBeGreaterThan(0.15);
    expect(spare).toBeLessThan(0.35);
  });
});

describe('cuts', () => {
  it('take each shop once a day, for as long as is asked, within the day', () => {
    const cuts = cutsOf(baskets(100), SHOPS, 90, new Draws(1));
    expect(cuts).toHaveLength(2 * 5);
    for (const { from, to } of cuts) {
      expect(to - from).toBe(90 * 60_000);
      expect(Math.floor(from / DAY_MS)).toBe(Math.floor((to - 1) / DAY_MS));
    }
  });

  it('may take the whole day, or none of it', () => {
    const [cut] = cutsOf(baskets(1), SHOPS, 1_440, new Draws(1));
    expect(cut).toEqual({ shop: 'north', from: START, to: START + DAY_MS });
    expect(cutsOf(baskets(10), SHOPS, 0, new Draws(1))).toEqual([]);
  });
});

describe('a plan', () => {
  const plan = planOf(baskets(1_000), SHOPS, SETTINGS, new Draws(1));

  it('is in order, and every basket comes once', () => {
    expect(plan.map(({ time }) => time)).toEqual(
      plan.map(({ time }) => time).sort((a, b) => a - b),
    );
    expect(countOf(plan, 'sale') + countOf(plan, 'order')).toBe(1_000);
    expect(countOf(plan, 'order') / 1_000).toBeCloseTo(0.2, 1);
    expect(countOf(plan, 'pickUp')).toBe(countOf(plan, 'order'));
  });

  it('cuts lines only where somebody comes, and mends each', () => {
    expect(countOf(plan, 'cut')).toBeGreaterThan(0);
    expect(countOf(plan, 'mend')).toBe(countOf(plan, 'cut'));
    const isCut = new Map<string, boolean>();
    const felt = new Map<string, boolean>();
    for (const { kind, shop } of plan) {
      if (kind === 'cut') felt.set(shop, false);
      else if (kind === 'mend') expect(felt.get(shop)).toBe(true);
      else if (kind !== 'delivery') felt.set(shop, true);
      if (kind === 'cut' || kind === 'mend') isCut.set(shop, kind === 'cut');
    }
    expect([...isCut.values()]).toEqual([false, false]);
  });

  it('is the same for the same seed, and for fewer days as far as they go', () => {
    const again = planOf(baskets(1_000), SHOPS, SETTINGS, new Draws(1));
    expect(again).toEqual(plan);
    const shorter = planOf(baskets(500), SHOPS, SETTINGS, new Draws(1));
    const orders = (of: readonly Happening[]) =>
      of.filter(({ kind }) => kind === 'order').map(({ time }) => time);
    expect(orders(plan).slice(0, orders(shorter).length)).toEqual(orders(shorter));
    expect(planOf(baskets(1_000), SHOPS, SETTINGS, new Draws(2))).not.toEqual(plan);
  });
});
