import type { Side } from './arrival.ts';
import { type Demand, emptyDemand, type Figures, type LineState } from './figures.ts';
import type { Traffic } from './lines.ts';
import type { Moved } from './movements.ts';
import type { ShopScript } from './script.ts';

const HOUR_MS = 3_600_000;
const OTHER: Readonly<Record<Side, Side>> = { shop: 'online', online: 'shop' };

/** Where units of a location lie. */
interface Stock {
  readonly location: string;
  readonly script: ShopScript;
  available(sku: string, side: Side): number;
}

/** Counts what happens in a run. */
export class Tally {
  readonly #demand = emptyDemand();
  #sales = 0;
  #waiters = 0;
  #waitedMs = 0;
  #idle = 0;
  #unitHours = 0;
  #misplaced = 0;
  /** Sides of levels that have refused somebody falsely, and have had nothing since. */
  readonly #dry = new Set<string>();

  count(state: LineState, side: Side, fate: Exclude<keyof Demand, 'units'>, units: number): void {
    const demand = this.#demand[state][side];
    demand.units += units;
    demand[fate] += units;
    if (fate === 'sold') this.#sales += 1;
  }

  waited(ms: number): void {
    this.#waiters += 1;
    this.#waitedMs += ms;
  }

  refusedFalsely(location: string, sku: string, side: Side): void {
    this.#dry.add(dryKey(location, sku, side));
  }

  /**
   * Looks at where units lie.
   * @param spanMs what this look stands for
   */
  look(shop: Stock, day: number, spanMs: number): void {
    const hours = spanMs / HOUR_MS;
    for (const { sku, onlineParts } of shop.script.skus) {
      const online = shop.available(sku, 'online');
      const units = online + shop.available(sku, 'shop');
      this.#unitHours += units * hours;
      this.#misplaced += Math.abs(online - units * (onlineParts[day] ?? 0)) * hours;
      this.#idle += this.#idleUnits(shop, sku) * hours;
    }
  }

  #idleUnits(shop: Stock, sku: string): number {
    const sides: readonly Side[] = ['shop', 'online'];
    return sides.reduce((units, side) => {
      const key = dryKey(shop.location, sku, side);
      if (!this.#dry.has(key)) return units;
      if (shop.available(sku, side) === 0) return units + shop.available(sku, OTHER[side]);
      this.#dry.delete(key);
      return units;
    }, 0);
  }

  figures({ messages, bytes }: Traffic, { borrowed, planned }: Moved): Figures {
    return {
      demand: this.#demand,
      sales: this.#sales,
      waiters: this.#waiters,
      waitedMs: this.#waitedMs,
      messages,
      bytes,
      borrowed,
      planned,
      idleUnitHours: this.#idle,
      unitHours: this.#unitHours,
      misplacedUnitHours: this.#misplaced,
    };
  }
}

function dryKey(location: string, sku: string, side: Side): string {
  return [location, sku, side].join('\u0000');
}
