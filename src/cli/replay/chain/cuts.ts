import { DAY_MS, firstMidnight } from './days.ts';
import type { Draws } from './draws.ts';
import type { Basket } from './sales.ts';

/** A stretch in which the line of a shop is cut. Milliseconds since 1970. */
export interface Cut {
  readonly shop: string;
  readonly from: number;
  readonly to: number;
}

const MINUTE_MS = 60_000;

/** Cuts the line of each shop once a day, beginning at a minute that is drawn. */
export function cutsOf(
  baskets: readonly Basket[],
  shops: readonly string[],
  minutes: number,
  draws: Draws,
): readonly Cut[] {
  const last = baskets.at(-1);
  if (last === undefined || minutes === 0) return [];
  const cuts: Cut[] = [];
  for (let day = firstMidnight(baskets); day <= last.time; day += DAY_MS) {
    for (const shop of shops) cuts.push(drawCut(shop, day, minutes * MINUTE_MS, draws));
  }
  return cuts;
}

function drawCut(shop: string, day: number, lengthMs: number, draws: Draws): Cut {
  const starts = (DAY_MS - lengthMs) / MINUTE_MS;
  const from = day + Math.floor(draws.fraction('cut', shop, day) * starts) * MINUTE_MS;
  return { shop, from, to: from + lengthMs };
}
