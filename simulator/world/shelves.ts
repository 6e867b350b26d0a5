import { levelKey } from '../../src/domain/stock.ts';

export interface Place {
  readonly sku: string;
  readonly location: string;
}

interface Shelf {
  /** What lies there. */
  units: number;
  /** What has left it and is in no book. */
  gone: number;
  /** Whoever is about to take something from it or put something on it. */
  busy: number;
  isBeingCounted: boolean;
}

/** The goods themselves, whatever any ledger says. */
export class Shelves {
  readonly #shelves = new Map<string, Shelf>();

  units(place: Place): number {
    return this.#of(place).units;
  }

  gone(place: Place): number {
    return this.#of(place).gone;
  }

  isBusy(place: Place): boolean {
    const { busy, isBeingCounted } = this.#of(place);
    return busy > 0 || isBeingCounted;
  }

  isBeingCounted(place: Place): boolean {
    return this.#of(place).isBeingCounted;
  }

  /** Keeps counters away while something is done there. */
  begin(place: Place): void {
    this.#of(place).busy += 1;
  }

  end(place: Place): void {
    this.#of(place).busy -= 1;
  }

  beginCount(place: Place): void {
    this.#of(place).isBeingCounted = true;
  }

  /** @param isBooked the books say now what lies there */
  endCount(place: Place, isBooked: boolean): void {
    const shelf = this.#of(place);
    shelf.isBeingCounted = false;
    if (isBooked) shelf.gone = 0;
  }

  put(place: Place, units: number): void {
    this.#of(place).units += units;
  }

  /** Takes units that no book knows of, or not yet. @returns how many there were */
  takeUnbooked(place: Place, units: number): number {
    const shelf = this.#of(place);
    const taken = Math.min(units, shelf.units);
    shelf.units -= taken;
    shelf.gone += taken;
    return taken;
  }

  /** Such units are in the books now. */
  booked(place: Place, units: number): void {
    this.#of(place).gone -= units;
  }

  /**
   * Hands over units that the books have handed over.
   * @returns units that were not there though nothing explains it
   */
  handOver(place: Place, units: number): number {
    const shelf = this.#of(place);
    const missing = Math.max(units - shelf.units, 0);
    const explained = Math.min(missing, Math.max(shelf.gone, 0));
    shelf.units -= units - missing;
    shelf.gone -= missing;
    return missing - explained;
  }

  #of({ sku, location }: Place): Shelf {
    const key = levelKey(sku, location);
    const shelf = this.#shelves.get(key) ?? { units: 0, gone: 0, busy: 0, isBeingCounted: false };
    this.#shelves.set(key, shelf);
    return shelf;
  }
}
