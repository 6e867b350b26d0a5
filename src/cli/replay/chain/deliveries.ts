import { DAY_MS, firstMidnight } from './days.ts';
import type { Draws } from './draws.ts';
import type { Basket } from './sales.ts';

/** What a lorry brings to a shop. */
export interface Delivery {
  readonly shop: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Units by product id. */
  readonly units: ReadonlyMap<string, number>;
}

const WEEK_MS = 7 * DAY_MS;

/**
 * The file has no goods-in, so it is invented: each shop is delivered to once a week, before it opens, with exactly what
 * it sells in that week; but of one product in twenty a unit is missing, so that there is less than is wanted, and of one
 * in four there is a unit to spare. (Shelves are empty for about 8% of what customers look for; Gruen and Corsten 2002.)
 */
const SHORT_PART = 0.05;
const SPARE_PART = 0.25;

/** By week, and by shop as the first of each is met; a lorry that would bring nothing does not come. */
export function deliveriesOf(baskets: readonly Basket[], draws: Draws): readonly Delivery[] {
  return weeklyDemand(baskets)
    .map(({ shop, time, units }) => ({ shop, time, units: loadOf(shop, time, units, draws) }))
    .filter(({ units }) => units.size > 0);
}

function loadOf(
  shop: string,
  time: number,
  wanted: ReadonlyMap<string, number>,
  draws: Draws,
): ReadonlyMap<string, number> {
  const load = Array.from(wanted, ([sku, count]): [string, number] => {
    return [sku, count + deviation(draws.fraction('delivery', shop, sku, time))];
  });
  return new Map(load.filter(([, count]) => count > 0));
}

function deviation(drawn: number): number {
  if (drawn < SHORT_PART) return -1;
  return drawn >= 1 - SPARE_PART ? 1 : 0;
}

interface WeekOfShop {
  readonly shop: string;
  readonly time: number;
  readonly units: Map<string, number>;
}

function weeklyDemand(baskets: readonly Basket[]): readonly WeekOfShop[] {
  const start = firstMidnight(baskets);
  const weeks = new Map<string, WeekOfShop>();
  for (const { shop, time, units } of baskets) {
    const begin = time - ((time - start) % WEEK_MS);
    const key = `${begin} ${shop}`;
    const week = weeks.get(key) ?? { shop, time: begin, units: new Map() };
    weeks.set(key, week);
    for (const [sku, count] of units) week.units.set(sku, (week.units.get(sku) ?? 0) + count);
  }
  return [...weeks.values()];
}
