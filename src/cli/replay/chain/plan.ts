import { type Cut, cutsOf } from './cuts.ts';
import { type Delivery, deliveriesOf } from './deliveries.ts';
import type { Draws } from './draws.ts';
import type { Basket } from './sales.ts';

/** What is made of a file of sales, beside what stands in it. */
export interface PlanSettings {
  /** Part of the baskets that are bought online, 0 to 1. */
  readonly online: number;
  /** Minutes a day for which the line of each shop is cut. */
  readonly cutMinutes: number;
}

/** One thing that happens, at one moment. */
export type Happening = { readonly time: number } & (
  | { readonly kind: 'mend' | 'cut'; readonly shop: string }
  | ({ readonly kind: 'delivery' } & Delivery)
  | ({ readonly kind: VisitKind } & Visit)
);

/** At a till, on the web, or for what was bought there. */
type VisitKind = 'sale' | 'order' | 'pickUp';

interface Visit {
  readonly shop: string;
  readonly time: number;
  readonly basket: Basket;
}

/** How long after the order whoever bought online comes to the shop. */
const PICK_UP_MS = 2 * 3_600_000;

/** At the same moment: the line first, then what comes in, then those who want something. */
const ORDER: readonly Happening['kind'][] = ['mend', 'cut', 'delivery', 'pickUp', 'order', 'sale'];

/**
 * Everything that is going to happen, the same under every policy, by time. Lines are cut only in those of the hours drawn
 * in which somebody wants something of the shop: the others would change nothing, and take most of the time.
 */
export function planOf(
  baskets: readonly Basket[],
  shops: readonly string[],
  settings: PlanSettings,
  draws: Draws,
): readonly Happening[] {
  const visits = baskets.flatMap((basket) => visitsOf(basket, settings, draws));
  const cuts = cutsOf(baskets, shops, settings.cutMinutes, draws);
  return [
    ...deliveriesOf(baskets, draws).map((delivery) => ({ kind: 'delivery' as const, ...delivery })),
    ...felt(cuts, visits).flatMap(happeningsOfCut),
    ...visits,
  ].sort((a, b) => a.time - b.time || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

function visitsOf(basket: Basket, { online }: PlanSettings, draws: Draws): readonly Happening[] {
  const { time, id, shop } = basket;
  if (draws.fraction('online', id) >= online) return [{ kind: 'sale', shop, time, basket }];
  return [
    { kind: 'order', shop, time, basket },
    { kind: 'pickUp', shop, time: time + PICK_UP_MS, basket },
  ];
}

/** Cuts during which somebody comes. */
function felt(cuts: readonly Cut[], visits: readonly Happening[]): readonly Cut[] {
  const byShop = Map.groupBy(visits, ({ shop }) => shop);
  return cuts.filter(({ shop, from, to }) =>
    byShop.get(shop)?.some(({ time }) => from <= time && time < to),
  );
}

function happeningsOfCut({ shop, from, to }: Cut): readonly Happening[] {
  return [
    { kind: 'cut', shop, time: from },
    { kind: 'mend', shop, time: to },
  ];
}
