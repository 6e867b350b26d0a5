import { setTimeout as pause } from 'node:timers/promises';
import { type Sales, type SellingPlan, skuAt } from './fleet.ts';
import type { RealShop } from './realShop.ts';

/** Some goods sell much better than others: the best one in twelve makes half of all sales. */
const SKEW = 3.6;
/** One sale in so many is a reservation that is confirmed and handed over. */
const RESERVED_EVERY = 5;
const TTL_SECONDS = 900;
/** How long a line is cut, at least and at most. */
const CUT_MS = { min: 500, max: 4_000 };

/** All shops sell at once; lines are cut at random meanwhile, and healed at the end. */
export async function sellOverTheCounter(
  shops: readonly RealShop[],
  plan: SellingPlan,
): Promise<Sales> {
  const until = performance.now() + plan.seconds * 1_000;
  const cutting = cutAtRandom(shops, plan, until);
  const tallies = await Promise.all(shops.map((shop) => new Till(shop, plan).sellUntil(until)));
  const cuts = await cutting;
  const sum = (of: (tally: Tally) => number) => tallies.reduce((all, one) => all + of(one), 0);
  return { sold: sum(({ sold }) => sold), refused: sum(({ refused }) => refused), cuts };
}

async function cutAtRandom(
  shops: readonly RealShop[],
  { cutEveryMs }: SellingPlan,
  until: number,
): Promise<number> {
  if (cutEveryMs === undefined) return 0;
  let cuts = 0;
  const healing: Promise<void>[] = [];
  while (performance.now() < until) {
    await pause(cutEveryMs);
    const shop = shops[Math.floor(Math.random() * shops.length)];
    if (shop === undefined) break;
    shop.line.cut();
    cuts += 1;
    const ms = CUT_MS.min + Math.random() * (CUT_MS.max - CUT_MS.min);
    healing.push(pause(ms).then(() => shop.line.heal()));
  }
  await Promise.all(healing);
  for (const { line } of shops) line.heal();
  return cuts;
}

interface Tally {
  readonly sold: number;
  readonly refused: number;
}

/** One shop, which serves one buyer after another. */
class Till {
  readonly #shop: RealShop;
  readonly #plan: SellingPlan;
  #served = 0;
  #sold = 0;

  constructor(shop: RealShop, plan: SellingPlan) {
    this.#shop = shop;
    this.#plan = plan;
  }

  async sellUntil(until: number): Promise<Tally> {
    const { rate } = this.#plan;
    const startedAt = performance.now() + Math.random() * (1_000 / (rate ?? 1_000));
    while (performance.now() < until) {
      if (rate !== undefined) {
        const dueMs = startedAt + (this.#served * 1_000) / rate - performance.now();
        if (dueMs > 0) await pause(dueMs);
      }
      this.#served += 1;
      if (await this.#sell()) this.#sold += 1;
    }
    return { sold: this.#sold, refused: this.#served - this.#sold };
  }

  async #sell(): Promise<boolean> {
    const sku = skuAt(Math.floor(this.#plan.skus * Math.random() ** SKEW));
    const { location, newId } = this.#shop;
    const line = { sku, location, quantity: 1 };
    if (this.#served % RESERVED_EVERY !== 0) return this.#isDone({ type: 'sell', ...line });
    const reservationId = newId();
    const given = { ttlSeconds: TTL_SECONDS, reference: null, metadata: null };
    const isHeld = await this.#isDone({ type: 'reserve', reservationId, lines: [line], ...given });
    if (!isHeld) return false;
    await this.#isDone({ type: 'confirm', reservationId });
    return this.#isDone({ type: 'fulfil', reservationId });
  }

  async #isDone(command: Parameters<RealShop['submit']>[0][number]): Promise<boolean> {
    const [outcome] = await this.#shop.submit([command]);
    return outcome !== undefined && outcome.kind !== 'refused';
  }
}
