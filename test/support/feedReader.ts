import type { LoggedEvent } from '../../src/domain/events.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { StoreUnavailableError } from '../../src/ledger/errors.ts';
import type { EventFilter } from '../../src/queries/store.ts';

/** Follows a log from the beginning, and comes back after a break of the database as clients do. */
export class FeedReader {
  readonly events: LoggedEvent[] = [];
  readonly #feed: Feed;
  readonly #filter: EventFilter;
  readonly #stop = new AbortController();
  readonly #ended: Promise<unknown>;
  #position = 0;
  #awaited = Number.POSITIVE_INFINITY;
  #arrived: () => void = () => {};

  constructor(feed: Feed, filter: EventFilter = {}) {
    this.#feed = feed;
    this.#filter = filter;
    this.#ended = this.#read().catch((error: unknown) => error);
  }

  /** Settles when an event at or after `position` is there. */
  reaches(position: number): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = position;
      this.#arrived = resolve;
      this.#look();
    });
  }

  /** @returns why it failed, if it did */
  stop(): Promise<unknown> {
    this.#stop.abort();
    return this.#ended;
  }

  async #read(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#follow();
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
      }
    }
  }

  async #follow(): Promise<void> {
    const request = { after: this.#position, filter: this.#filter, signal: this.#stop.signal };
    for await (const item of this.#feed.follow(request)) {
      this.#position = item.position;
      if (item.kind === 'events') this.events.push(...item.events);
      this.#look();
    }
  }

  #look(): void {
    if ((this.events.at(-1)?.position ?? 0) >= this.#awaited) this.#arrived();
  }
}
