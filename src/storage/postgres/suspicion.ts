import type { LevelKey } from '../../domain/stock.ts';

/** How long commits wait for no level after one was held by a server that seems to be stuck. */
const SUSPICION_MS = 2_000;

/** A level on which nobody has committed for this long, though it was held whenever it was asked for, is not in use. */
const STANDSTILL_MS = 1_000;

interface Sight {
  readonly version: number;
  /** When the level was first seen held at this version, on the stopwatch. */
  readonly since: number;
}

/**
 * Tells levels that a stuck server holds from those that several healthy ones want. While there is a suspicion, commits
 * take what is free and wait for nothing; else they queue up, for who only tries now and then never gets a row that is
 * always in somebody's hands.
 */
export class Suspicion {
  #sights = new Map<LevelKey, Sight>();
  #until = Number.NEGATIVE_INFINITY;

  /** @param now on the stopwatch */
  isOn(now: number): boolean {
    return now < this.#until;
  }

  /**
   * Judges levels that others hold.
   * @param versions the version of each, as of now
   * @param isAnybodySilent whether some transaction that may hold them has not been heard of for a while
   * @returns whether to go on without them
   */
  areStuck(
    versions: ReadonlyMap<LevelKey, number>,
    isAnybodySilent: boolean,
    now: number,
  ): boolean {
    const before = this.#sights;
    this.#sights = new Map();
    for (const [key, version] of versions) {
      const sight = before.get(key);
      this.#sights.set(key, sight?.version === version ? sight : { version, since: now });
    }
    const since = Math.min(...[...this.#sights.values()].map((sight) => sight.since));
    const stuck = isAnybodySilent || now - since >= STANDSTILL_MS;
    this.#until = stuck ? now + SUSPICION_MS : Number.NEGATIVE_INFINITY;
    return stuck;
  }
}
