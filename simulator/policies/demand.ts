import type { SeededRandom } from '../kernel/seededRandom.ts';
import { type Arrival, HOUR_MS, type Side } from './arrival.ts';

/** How a SKU sells on the average. */
export interface SkuDemand {
  readonly sku: string;
  /** Units a day, on both sides together. */
  readonly perDay: number;
  /** By day: the part of them that is asked for online. */
  readonly onlineParts: readonly number[];
}

const SKUS_MIN = 12;
const SKUS_MAX = 30;

/** Units a day that a shop sells of all SKUs, on the average. */
const PER_DAY_MIN = 12;
const PER_DAY_MAX = 36;

/** The n-th SKU sells as 1 / n^ZIPF. */
const ZIPF = 1;

/** Standard deviations of the log odds of being bought online: between SKUs, and from one day to the next. */
const ODDS_BETWEEN = 1.2;
const ODDS_DRIFT = 0.25;

/** When buyers come, in hours of the day. */
const OPEN: Readonly<Record<Side, readonly [from: number, to: number]>> = {
  shop: [9, 20],
  online: [7, 24],
};

/** How often a buyer wants more than one unit. */
const MORE_UNITS = 0.15;
const UNITS_MAX = 3;

/** How often a shop has a flash sale within a week, how long it lasts, and what it does to one of the best sellers. */
const SALES_PER_WEEK = 0.5;
const SALE_HOURS = 3;
const SALE_SELLERS = 5;
const SALE_FACTOR = 8;
/** So many come as a sale begins, within a few seconds; now and then on both sides. */
const CROWD_MAX = 12;
const CROWD_MS = 2_000;
const BOTH_SIDES = 0.3;

/** Who comes for what, on all days. */
export function drawDemand(
  random: SeededRandom,
  days: number,
): { readonly skus: readonly SkuDemand[]; readonly arrivals: readonly Arrival[] } {
  const skus = drawSkus(random, days);
  const arrivals: Arrival[] = [];
  for (let day = 0; day < days; day++) {
    for (const sku of skus) arrivals.push(...drawDay(random, sku, day));
    if (random.chance(SALES_PER_WEEK / 7)) arrivals.push(...drawSale(random, skus, day));
  }
  arrivals.sort((one, other) => one.at - other.at);
  return { skus, arrivals };
}

function drawSkus(random: SeededRandom, days: number): SkuDemand[] {
  const count = random.between(SKUS_MIN, SKUS_MAX);
  const weights = Array.from({ length: count }, (_, index) => 1 / (index + 1) ** ZIPF);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const perDay = random.between(PER_DAY_MIN, PER_DAY_MAX);
  return weights.map((weight, index) => ({
    sku: `SKU-${index + 1}`,
    perDay: (perDay * weight) / sum,
    onlineParts: drawOnlineParts(random, days),
  }));
}

/** The log odds of a buyer being online drift from day to day. */
function drawOnlineParts(random: SeededRandom, days: number): number[] {
  let odds = normal(random) * ODDS_BETWEEN;
  return Array.from({ length: days }, () => {
    odds += normal(random) * ODDS_DRIFT;
    return 1 / (1 + Math.exp(-odds));
  });
}

function drawDay(random: SeededRandom, seller: SkuDemand, day: number): Arrival[] {
  const { sku, perDay, onlineParts } = seller;
  const onlinePart = onlineParts[day] ?? 0;
  const draw = (side: Side, units: number): Arrival[] => {
    const [from, to] = OPEN[side];
    const hours = [day * 24 + from, day * 24 + to] as const;
    return drawBuyers(random, { sku, side, units, hours });
  };
  return [...draw('shop', perDay * (1 - onlinePart)), ...draw('online', perDay * onlinePart)];
}

/** A crowd as it begins, and more buyers than usual until it ends. */
function drawSale(random: SeededRandom, skus: readonly SkuDemand[], day: number): Arrival[] {
  const { sku, perDay } = random.pick(skus.slice(0, SALE_SELLERS));
  const begin = random.between(OPEN.shop[0], OPEN.shop[1] - SALE_HOURS);
  const hours = [day * 24 + begin, day * 24 + begin + SALE_HOURS] as const;
  const units = (perDay * SALE_FACTOR * SALE_HOURS) / 24;
  const first = random.pick<Side>(['shop', 'online']);
  const sides: Side[] = random.chance(BOTH_SIDES) ? ['shop', 'online'] : [first];
  return sides.flatMap((side) => {
    const crowd = Array.from({ length: random.between(1, CROWD_MAX) }, () => {
      const at = hours[0] * HOUR_MS + random.fraction() * CROWD_MS;
      return { at, sku, side, quantity: 1 };
    });
    return [...crowd, ...drawBuyers(random, { sku, side, units, hours })];
  });
}

function drawBuyers(
  random: SeededRandom,
  wanted: {
    readonly sku: string;
    readonly side: Side;
    readonly units: number;
    readonly hours: readonly [number, number];
  },
): Arrival[] {
  const { sku, side, hours } = wanted;
  const unitsEach = 1 + MORE_UNITS * (UNITS_MAX / 2);
  const meanMs = ((hours[1] - hours[0]) * HOUR_MS * unitsEach) / Math.max(wanted.units, 1e-9);
  const buyers: Arrival[] = [];
  let at = hours[0] * HOUR_MS + random.around(meanMs);
  while (at < hours[1] * HOUR_MS) {
    const quantity = random.chance(MORE_UNITS) ? random.between(2, UNITS_MAX) : 1;
    buyers.push({ at, sku, side, quantity });
    at += random.around(meanMs);
  }
  return buyers;
}

/** Normally distributed (Box and Muller). */
function normal(random: SeededRandom): number {
  const radius = Math.sqrt(2 * random.around(1));
  return radius * Math.cos(2 * Math.PI * random.fraction());
}
