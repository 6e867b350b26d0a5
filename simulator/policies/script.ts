import type { SeededRandom } from '../kernel/seededRandom.ts';
import { type Arrival, DAY_MS, HOUR_MS } from './arrival.ts';
import { drawDemand, type SkuDemand } from './demand.ts';

export interface Delivery {
  readonly at: number;
  /** By SKU: what is to lie in the shop afterwards. */
  readonly levels: ReadonlyMap<string, number>;
}

/** What happens at one shop, whatever the policy. */
export interface ShopScript {
  readonly skus: readonly SkuDemand[];
  readonly arrivals: readonly Arrival[];
  readonly deliveries: readonly Delivery[];
}

/** Deliveries come when the shop opens. */
const DELIVERY_HOUR = 8;

/** Days from one delivery to the next. */
const PERIODS = [1, 3, 7] as const;

/** What is delivered beyond what is expected until the next delivery, in standard deviations of that: less is scarce. */
const SAFETY_MIN = 0.25;
const SAFETY_MAX = 2.5;

/** Draws what happens at a shop. */
export function drawShop(random: SeededRandom, days: number): ShopScript {
  const { skus, arrivals } = drawDemand(random, days);
  return { skus, arrivals, deliveries: drawDeliveries(random, skus, days) };
}

function drawDeliveries(
  random: SeededRandom,
  skus: readonly SkuDemand[],
  days: number,
): readonly Delivery[] {
  const period = random.pick(PERIODS);
  const levels = new Map(
    skus.map(({ sku, perDay }) => {
      const expected = perDay * period;
      const safety = SAFETY_MIN + random.fraction() * (SAFETY_MAX - SAFETY_MIN);
      return [sku, Math.max(Math.round(expected + safety * Math.sqrt(expected)), 1)] as const;
    }),
  );
  const count = Math.ceil(days / period);
  const opening = { at: 0, levels };
  const later = Array.from({ length: count - 1 }, (_, index) => ({
    at: (index + 1) * period * DAY_MS + DELIVERY_HOUR * HOUR_MS,
    levels,
  }));
  return [opening, ...later];
}
