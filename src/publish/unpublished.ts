import type { LoggedEvent } from '../domain/events.ts';
import { invariant } from '../domain/invariant.ts';
import type { QueryStore } from '../queries/store.ts';
import type { Entry, StreamEnd } from './broker.ts';
import { eventDigest, type Hash } from './digest.ts';
import { HistoryDiffersError } from './errors.ts';

type LogStore = Pick<QueryStore, 'head' | 'events'>;

/**
 * This node's log after what was published of it. Each page is read from the last event that was published on, and that
 * must still be the same: so a database that was set back is noticed whenever that happens.
 */
export class Unpublished {
  readonly #store: LogStore;
  readonly #hash: Hash;
  #position: number;
  /** Of the event at `#position`; null where it is not known. */
  #digest: string | null;

  private constructor(store: LogStore, hash: Hash, position: number, digest: string | null) {
    this.#store = store;
    this.#hash = hash;
    this.#position = position;
    this.#digest = digest;
  }

  /** @throws {HistoryDiffersError} when the stream was not made from this log */
  static async after(store: LogStore, hash: Hash, end: StreamEnd): Promise<Unpublished> {
    const { position, newest } = end;
    const head = (await store.head()).position;
    if (position > head) {
      throw new HistoryDiffersError(
        `the stream goes up to position ${position}, and the log only to ${head}`,
      );
    }
    if (newest !== null) await checkNewest(store, hash, newest);
    const digest = newest?.position === position ? newest.digest : null;
    return new Unpublished(store, hash, position, digest);
  }

  /** Of the last event that was published. */
  get position(): number {
    return this.#position;
  }

  /**
   * What is to be published next, at most `limit` entries; empty when there is nothing.
   * @throws {HistoryDiffersError}
   */
  async read(limit: number): Promise<readonly Entry[]> {
    const after = Math.max(this.#position - 1, 0);
    const { events } = await this.#store.events({ after, limit: limit + 1 });
    const fresh = this.#position === 0 ? events : this.#afterPublished(events);
    const [first] = fresh;
    invariant(
      first === undefined || first.position === this.#position + 1,
      `the log goes on at ${first?.position} after ${this.#position}`,
    );
    return fresh.slice(0, limit).map((event) => this.#entry(event));
  }

  /** Takes note that these were published. */
  published(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#position = last.event.position;
    this.#digest = last.digest;
  }

  #afterPublished([first, ...fresh]: readonly LoggedEvent[]): readonly LoggedEvent[] {
    if (first?.position !== this.#position) {
      throw new HistoryDiffersError(
        `the event at position ${this.#position} was published, and the log has none there any more`,
      );
    }
    const { digest } = this.#entry(first);
    if (this.#digest !== null && this.#digest !== digest) throw isAnother(this.#position);
    this.#digest = digest;
    return fresh;
  }

  #entry(event: LoggedEvent): Entry {
    return { event, digest: eventDigest(this.#hash, event) };
  }
}

async function checkNewest(
  store: LogStore,
  hash: Hash,
  { position, digest }: NonNullable<StreamEnd['newest']>,
): Promise<void> {
  if (digest === null) {
    throw new HistoryDiffersError(
      `message ${position} of the stream was not published by this node`,
    );
  }
  const { events } = await store.events({ after: position - 1, limit: 1 });
  const [event] = events;
  if (event === undefined || eventDigest(hash, event) !== digest) throw isAnother(position);
}

function isAnother(position: number): HistoryDiffersError {
  return new HistoryDiffersError(
    `the event at position ${position} of the log is another one than that in the stream`,
  );
}
