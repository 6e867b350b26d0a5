import { levelKey } from '../../../domain/stock.ts';

/** What is there to be sold, counted apart from all ledgers: each level's units that came in and are not promised. */
export class Shelves {
  readonly #free = new Map<string, number>();

  free(sku: string, location: string): number {
    return this.#free.get(levelKey(sku, location)) ?? 0;
  }

  /** @param units negative for those that were promised */
  change(sku: string, location: string, units: number): void {
    this.#free.set(levelKey(sku, location), this.free(sku, location) + units);
  }

  /** By level key. */
  get levels(): ReadonlyMap<string, number> {
    return this.#free;
  }
}
