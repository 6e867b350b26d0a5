import type { Shortage } from '../domain/refusals.ts';
import { type LevelKey, levelKey } from '../domain/stock.ts';
import type { LostDemand } from './store.ts';

/**
 * Demand that one commit turns away, per level. It stays counted when an atomic work is taken back: the buyer went empty
 * all the same.
 */
export class LostDemandCount {
  readonly #byLevel = new Map<LevelKey, LostDemand>();

  count(shortages: readonly Shortage[]): void {
    for (const shortage of shortages) {
      const { sku, requested, available } = shortage;
      const location = shortage.location ?? shortage.preferred;
      if (location === null) continue;
      const key = levelKey(sku, location);
      const known = this.#byLevel.get(key);
      const requests = (known?.requests ?? 0) + 1;
      const units = (known?.units ?? 0) + requested - available;
      this.#byLevel.set(key, { sku, location, requests, units });
    }
  }

  soFar(): ReadonlyMap<LevelKey, LostDemand> {
    return new Map(this.#byLevel);
  }

  /** Nobody was turned away after all: the work will be decided again. */
  restore(lostDemand: ReadonlyMap<LevelKey, LostDemand>): void {
    this.#byLevel.clear();
    for (const [key, lost] of lostDemand) this.#byLevel.set(key, lost);
  }

  all(): readonly LostDemand[] {
    return [...this.#byLevel.values()];
  }
}
