import { invariant } from '../domain/invariant.ts';
import {
  asksForDistance,
  hasOpenLines,
  productsToFind,
  withCandidates,
  withMorePlaces,
} from './candidates.ts';
import type { Answer, ShortAnswer, Work } from './ledger.ts';
import type { PlaceFinder } from './placeFinder.ts';
import type { QueueAnswer } from './waitingWorks.ts';

/** How often more places are looked at before a line is refused: a second time only if it was first stocked there since. */
const SEARCHES_MAX = 4;

/** Where nothing is looked for beforehand, the first commit says where the products are. */
const FINDS_NOTHING: PlaceFinder = {
  places: () => Promise.resolve(new Map()),
  coordinates: () => Promise.resolve(new Map()),
};

/**
 * Puts works to the queue whose lines leave the location open: it looks where the products are, lets a commit choose among
 * the places that it has locked, and where these do not have enough, tries again with all.
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
    if (!hasOpenLines(work))
      return settled(await this.#put(mayBorrow ? { ...work, mayBorrow } : work));
    const skus = productsToFind(work);
    let located = skus.size === 0 ? work : await this.#find(work, skus);
    for (let search = 1; search <= SEARCHES_MAX; search++) {
      const answer = await this.#put({ ...located, mayBorrow, maySearch: true });
      if (answer.kind === 'short') return { ...answer, located };
      if (answer.kind !== 'unlocated') return answer;
      located = withMorePlaces(located, answer.places);
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

function settled(answer: QueueAnswer): Answer | ShortAnswer {
  invariant(answer.kind !== 'unlocated', 'only who may search is told where');
  return answer;
}
