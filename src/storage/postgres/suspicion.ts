import type { LevelKey } from '../../domain/stock.ts';

/** After a level was held for too long, this is how long commits wait for none. */
const SUSPICION_MS = 2_000;

/**
 * Tells levels that a stuck server holds from those that several healthy ones want: the version of the latter goes on.
 * While there is a suspicion, commits take what is free; and where a level moves, they queue up for it again, for who
 * only tries now and then never gets a row that is always in somebody's hands.
 */
export class Suspicion {
  readonly #versions = new Map<LevelKey, number>();
  #until = Number.NEGATIVE_INFINITY;

  /** @param now on the stopwatch */
  isOn(now: number): boolean {
    if (now < this.#until) return true;
    this.#versions.clear();
    return false;
  }

  /**
   * Takes note of levels that were held by others.
   * @param versions the version of each, as of now
   * @returns whether all of them have moved since they were last seen held
   */
  areMoving(versions: ReadonlyMap<LevelKey, number>, now: number): boolean {
    let moving = true;
    for (const [key, version] of versions) {
      const before = this.#versions.get(key);
      if (before === undefined || before === version) moving = false;
      this.#versions.set(key, version);
    }
    if (!moving) this.#until = now + SUSPICION_MS;
    return moving;
  }
}
