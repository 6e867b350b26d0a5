import type { LoggedEvent } from '../domain/events.ts';
import type { Link } from '../domain/links/link.ts';
import { type Audience, audiencesOf, audiencesWith, concerns } from './concerns.ts';

/** Events that are kept at least, once there were so many; up to twice as many are. */
const KEPT_MIN = 4_096;

/** What of a log concerns a link, from one position to another. */
export interface LogSlice {
  readonly entries: readonly LoggedEvent[];
  /** Everything up to here that concerns the link is in `entries`. */
  readonly through: number;
}

/**
 * The newest events of a log, each also under those whom it concerns: with a thousand links, what concerns one is found
 * without looking at what concerns the others.
 */
export class NewestEvents {
  #events: LoggedEvent[] = [];
  readonly #byAudience = new Map<Audience, LoggedEvent[]>();
  /** Everything after it is here. */
  #after: number;

  /** @param after the last position of the log now: what comes after it is added */
  constructor(after: number) {
    this.#after = after;
  }

  /** The last position that was added. */
  get head(): number {
    return this.#events.at(-1)?.position ?? this.#after;
  }

  /** @returns whom they concern */
  add(events: readonly LoggedEvent[]): ReadonlySet<Audience> {
    const met = new Set<Audience>();
    for (const event of events) {
      this.#events.push(event);
      for (const audience of audiencesOf(event)) {
        met.add(audience);
        const known = this.#byAudience.get(audience);
        if (known) known.push(event);
        else this.#byAudience.set(audience, [event]);
      }
    }
    if (this.#events.length > 2 * KEPT_MIN) this.#drop(this.#events.length - KEPT_MIN);
    return met;
  }

  /**
   * At most `limit` entries of the link after a position.
   * @returns undefined where that is too far back
   */
  slice(link: Link, after: number, limit: number): LogSlice | undefined {
    if (after >= this.head) return { entries: [], through: after };
    if (after < this.#after) return undefined;
    const entries = link.peerRole === 'hub' ? this.#toHub(link, after) : this.#toShop(link, after);
    const page = entries.slice(0, limit);
    const isWhole = page.length === entries.length;
    return { entries: page, through: isWhole ? this.head : (page.at(-1)?.position ?? after) };
  }

  #toHub(link: Link, after: number): LoggedEvent[] {
    return since(this.#events, after).filter((event) => concerns(link, event));
  }

  #toShop(link: Link, after: number): LoggedEvent[] {
    const found = audiencesWith(link).flatMap((audience) =>
      since(this.#byAudience.get(audience) ?? [], after),
    );
    found.sort((one, other) => one.position - other.position);
    return found.filter(({ position }, i) => position !== found[i - 1]?.position);
  }

  #drop(count: number): void {
    const dropped = this.#events.slice(0, count);
    this.#events = this.#events.slice(count);
    this.#after = dropped.at(-1)?.position ?? this.#after;
    for (const audience of new Set(dropped.flatMap(audiencesOf))) {
      const kept = since(this.#byAudience.get(audience) ?? [], this.#after);
      if (kept.length > 0) this.#byAudience.set(audience, kept);
      else this.#byAudience.delete(audience);
    }
  }
}

/** Those of them, in order, that come after a position. */
function since(events: readonly LoggedEvent[], after: number): LoggedEvent[] {
  return events.slice(events.findLastIndex(({ position }) => position <= after) + 1);
}
