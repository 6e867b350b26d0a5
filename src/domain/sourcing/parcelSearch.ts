import type { ParcelPlace } from './order.ts';

/** Places that are tried before the search is given up: in hard orders that were made up this took 1 ms, 6 at most. */
const STEPS_MAX = 500;

/** Tries sets of places of a given size, those with preferred places first. */
export class ParcelSearch {
  readonly #places: readonly ParcelPlace[];
  readonly #wanted: readonly number[];
  /** By line and first place that is left: what so many of the rest give at most. Made when it is first asked for. */
  readonly #most = new Map<number, readonly number[]>();
  #steps = 0;

  /** @param places in the order of preference */
  constructor(places: readonly ParcelPlace[], wanted: readonly number[]) {
    this.#places = places;
    this.#wanted = wanted;
  }

  /** Whether as much was tried as may be: then what was not found may be there all the same. */
  get isOver(): boolean {
    return this.#steps >= STEPS_MAX;
  }

  /** The first set of `count` places, or fewer, that gives all; undefined where none was found. */
  ofSize(count: number): readonly ParcelPlace[] | undefined {
    return this.#choose(0, count, this.#wanted);
  }

  #choose(start: number, count: number, open: readonly number[]): ParcelPlace[] | undefined {
    if (open.every((units) => units === 0)) return [];
    for (let at = start; at < this.#places.length; at++) {
      const place = this.#places[at];
      if (!place || this.isOver || !this.#mayFill(at, count, open)) return undefined;
      this.#steps += 1;
      const rest = this.#choose(at + 1, count - 1, without(open, place));
      if (rest) return [place, ...rest];
    }
    return undefined;
  }

  #mayFill(at: number, count: number, open: readonly number[]): boolean {
    return open.every((units, line) => {
      if (units === 0) return true;
      const most = this.#mostOf(line, at);
      return units <= (most[Math.min(count, most.length - 1)] ?? 0);
    });
  }

  #mostOf(line: number, at: number): readonly number[] {
    const key = line * this.#places.length + at;
    const known = this.#most.get(key);
    if (known) return known;
    const units = this.#places.slice(at).map((place) => place.units.get(line) ?? 0);
    const sums = [0];
    let sum = 0;
    for (const more of units.sort((one, other) => other - one)) {
      sum += more;
      sums.push(sum);
    }
    this.#most.set(key, sums);
    return sums;
  }
}

function without(open: readonly number[], { units }: ParcelPlace): number[] {
  return open.map((want, line) => Math.max(want - (units.get(line) ?? 0), 0));
}
