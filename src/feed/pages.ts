import type { EventFilter, EventSlice, QueryStore } from '../queries/store.ts';
import { isUnfiltered, select } from './filter.ts';

/** Shared pages that are kept for readers that are a little behind the others. */
const RECENT_PAGES_MAX = 16;

/** The log from `after` to `scanned`: true for ever, for the log only grows. */
interface SharedPage extends EventSlice {
  readonly after: number;
}

interface PageUnderWay {
  /** The end of the log as known when the read began. */
  readonly tip: number;
  readonly page: Promise<SharedPage>;
}

/**
 * Pages of the log. Readers near its end share them: whoever comes first reads, without a filter, and the others take
 * what they want from it, so that many streams at the end cost one read for each piece of news. Readers far behind read
 * for themselves, and let the store filter.
 */
export class Pages {
  readonly #store: Pick<QueryStore, 'events'>;
  readonly #history: Pick<QueryStore, 'events'>;
  readonly #pageEvents: number;
  readonly #recent: SharedPage[] = [];
  readonly #underWay = new Map<number, PageUnderWay>();

  /** @param history where those read that are far behind; see `FeedSources` */
  constructor(
    store: Pick<QueryStore, 'events'>,
    history: Pick<QueryStore, 'events'>,
    pageEvents: number,
  ) {
    this.#store = store;
    this.#history = history;
    this.#pageEvents = pageEvents;
  }

  /** What follows `after`; `tip` is the end of the log as the reader knows it. */
  async read(after: number, filter: EventFilter, tip: number): Promise<EventSlice> {
    if (tip - after > this.#pageEvents) {
      return this.#history.events({ ...filter, after, limit: this.#pageEvents });
    }
    const page = this.#find(after) ?? (await this.#share(after, tip));
    return cut(page, after, filter);
  }

  #find(after: number): SharedPage | undefined {
    return this.#recent.find((page) => page.after <= after && after < page.scanned);
  }

  #share(after: number, tip: number): Promise<SharedPage> {
    const underWay = this.#underWay.get(after);
    // A read that began before the news may not have seen it.
    if (underWay && underWay.tip >= tip) return underWay.page;
    const page = this.#load(after).finally(() => {
      if (this.#underWay.get(after)?.page === page) this.#underWay.delete(after);
    });
    this.#underWay.set(after, { tip, page });
    return page;
  }

  async #load(after: number): Promise<SharedPage> {
    const slice = await this.#store.events({ after, limit: this.#pageEvents });
    const page = { ...slice, after };
    if (page.scanned > after) this.#keep(page);
    return page;
  }

  #keep(page: SharedPage): void {
    this.#recent.unshift(page);
    if (this.#recent.length > RECENT_PAGES_MAX) this.#recent.pop();
  }
}

function cut(page: SharedPage, after: number, filter: EventFilter): EventSlice {
  if (page.after === after && isUnfiltered(filter)) return page;
  const events = page.events.filter((event) => event.position > after);
  return { events: select(events, filter), scanned: page.scanned };
}
