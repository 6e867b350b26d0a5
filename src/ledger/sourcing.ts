import { invariant } from '../domain/invariant.ts';
import {
  asksForDistance,
  openLinesOf,
  productsToFind,
  withCandidates,
  withMorePlaces,
} from './candidates.ts';
import type { Answer, FoundPlace, ShortAnswer, Work } from './ledger.ts';
import type { PlaceFinder } from './placeFinder.ts';
import type { QueueAnswer } from './waitingWorks.ts';

/**
 * How often a line is tried before it is refused on what is locked. The first time is on what was seen; the second knows
 * of all places; the third is on those with units. From the next one on all are locked that may be, so that only units in a
 * place that had never had any can escape it.
 */
const SEARCHES_MAX = 6;
/** From this one on places without units are locked too: they may get some between two commits. */
const LOCKS_ALL_FROM = 3;

/** Where nothing is looked for beforehand, the first commit says where the products are. */
const FINDS_NOTHING: PlaceFinder = {
  places: () => Promise.resolve(new Map()),
  coordinates: () => Promise.resolve(new Map()),
};

/**
 * Puts works to the queue whose lines leave the location open: it looks where the products are, lets a commit choose among
 * the places that it has locked, and where these do not have enough, tries again with those where there is more.
 */
export class Sourcing {
  readonly #finder: PlaceFinder;
  readonly #put: (work: Work) => Promise<QueueAnswer>;

  constructor(finder: PlaceFinder | undefined, put: (work: Work) => Promise<QueueAnswer>) {
    this.#finder = finder ?? FINDS_NOTHING;
    this.#put = put;
  }

  /** A work whose places are known already is put to the queue at once, so that it keeps its turn. */
  async put(work: Work, mayBorrow: boolean): Promise<Answer | ShortAnswer> {
    if (openLinesOf(work).length === 0)
      return settled(await this.#put(mayBorrow ? { ...work, mayBorrow } : work));
    const skus = productsToFind(work);
    let located = skus.size === 0 ? work : await this.#find(work, skus);
    for (let search = 1; search <= SEARCHES_MAX; search++) {
      const answer = await this.#put({ ...located, mayBorrow, maySearch: true });
      if (answer.kind === 'short') return { ...answer, located };
      if (answer.kind !== 'unlocated') return answer;
      const all = search >= LOCKS_ALL_FROM ? answer.places : withoutEmpty(answer.places);
      located = withMorePlaces(located, all);
    }
    const answer = settled(await this.#put({ ...located, mayBorrow }));
    return answer.kind === 'short' ? { ...answer, located } : answer;
  }

  async #find(work: Work, skus: ReadonlySet<string>): Promise<Work> {
    const [places, coordinates] = await Promise.all([
      this.#finder.places(skus),
      asksForDistance(work) ? this.#finder.coordinates() : new Map(),
    ]);
    return withCandidates(work, { places, coordinates });
  }
}

/** Those with units; if there are none, all. */
function withoutEmpty(places: readonly FoundPlace[]): readonly FoundPlace[] {
  const full = places.filter(({ mayGive }) => mayGive);
  return full.length > 0 ? full : places;
}

function settled(answer: QueueAnswer): Answer | ShortAnswer {
  invariant(answer.kind !== 'unlocated', 'only who may search is told where');
  return answer;
}
