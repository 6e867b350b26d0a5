import { isMovement, type LoggedEvent, type Movement } from '../domain/events.ts';
import { canonicalJson } from '../domain/json.ts';
import type { Ends } from '../domain/links/atRest.ts';
import type { Link } from '../domain/links/link.ts';
import { isOfNewUnits } from '../domain/links/reasons.ts';
import type { Timer } from '../ledger/ports.ts';
import { compareText } from '../queries/order.ts';
import type { DemandBook, End } from './demand.ts';
import { submitLink } from './linkCommands.ts';
import type { SessionParts } from './sessionParts.ts';

/** Between two looks at the levels that have moved, where nothing else is said. */
const ROUND_MS = 1_000;
/** Levels that are looked at in one round, which bounds what a shop asks of its hub and of the line. */
const LEVELS_PER_ROUND = 200;
/** A level of which units were moved rests, until what has come of it can be seen. */
const REST_MS = 10_000;
/** A hub that was just found again is behind: what it has sold is still to be heard. */
const SETTLING_MS = 2_000;
const HOUR_MS = 3_600_000;
/** Each end is to have what is expected to be asked of it for so long, and longer where the link was away for longer. */
const HORIZON_MS_MIN = 12 * HOUR_MS;
const HORIZON_MS_MAX = 24 * HOUR_MS;
/** How much of the longest outage is remembered after each that was shorter. */
const OUTAGE_MEMORY = 0.9;
/** Newest entries of each of the two logs from which demand is read after a start. */
const RECENT_ENTRIES = 5_000;
const ENTRIES_PER_PAGE = 500;

/**
 * Moves units of a shop's levels to where they sell, while its link is up. The shop plans for both ends, for it hears of
 * both what is sold of its location; so the two can never pass the same units to and fro. It looks at levels that have
 * moved, at all of them once when a session begins, and at few in any second.
 *
 * `idle` between sessions, when it only learns what is asked for; `planning` from `begin` to `end`.
 */
export class Planner {
  readonly #parts: SessionParts;
  readonly #book: DemandBook;
  readonly #roundMs: number;
  /** Levels to look at, and from when on (on the stopwatch). */
  readonly #due = new Map<string, number>();
  readonly #restsUntil = new Map<string, number>();
  readonly #unsubscribe: () => void;
  /** What the link is about; null before the shop has joined. */
  #location: string | null = null;
  #link: Link | null = null;
  /** As the last session began with it. */
  #policy = '';
  #isQuiet: () => boolean = () => false;
  #timer: Timer | undefined;
  #isRunning = false;
  /** Where the look at all levels has come to; null when it is through. */
  #sweep: { readonly after: string | null } | null = null;
  #endedAt: number | null = null;
  #outageMs = 0;

  constructor(parts: SessionParts, book: DemandBook) {
    this.#parts = parts;
    this.#book = book;
    this.#roundMs = parts.balanceMs ?? ROUND_MS;
    this.#unsubscribe = parts.log.onGrowth((events) => this.#learn('shop', events));
  }

  /** Reads what was asked for lately in both logs. */
  async remember(link: Link): Promise<void> {
    const { store } = this.#parts;
    const { position } = await store.head();
    const { peer, location, received } = link;
    this.#location = location;
    const own = await readNewest(position, async (after) => {
      const slice = await store.events({ after, location, limit: ENTRIES_PER_PAGE });
      return { events: slice.events, through: slice.scanned };
    });
    const hubs = await readNewest(received, async (after) => {
      const events = await store.mirrored({ peer, after, limit: ENTRIES_PER_PAGE });
      return { events, through: events.at(-1)?.position ?? received };
    });
    const both = [
      ...own.map((event) => ({ end: 'shop' as const, event })),
      ...hubs.map((event) => ({ end: 'hub' as const, event })),
    ].sort((a, b) => a.event.time - b.event.time);
    for (const { end, event } of both) this.#book.learn(end, event);
  }

  /** A session has begun. `isQuiet` tells that the hub was not heard for a while: then nothing is sent its way. */
  begin(link: Link, isQuiet: () => boolean): void {
    if (this.#roundMs === 0) return;
    const now = this.#parts.stopwatch.elapsed();
    if (this.#endedAt !== null) {
      this.#outageMs = Math.max(now - this.#endedAt, OUTAGE_MEMORY * this.#outageMs);
    }
    this.#link = link;
    this.#location = link.location;
    this.#isQuiet = isQuiet;
    const policy = canonicalJson(link.policy);
    // Goes on where a session before was cut off: otherwise a line that breaks again and again would end it nowhere.
    if (this.#sweep === null || policy !== this.#policy) this.#sweep = { after: null };
    this.#policy = policy;
    this.#restsUntil.clear();
    this.#setTimer(SETTLING_MS);
  }

  end(): void {
    this.#timer?.cancel();
    this.#link = null;
    this.#endedAt = this.#parts.stopwatch.elapsed();
  }

  close(): void {
    this.end();
    this.#unsubscribe();
  }

  /** Entries of the hub's log were applied. */
  heard(entries: readonly LoggedEvent[]): void {
    this.#learn('hub', entries);
    const isNewPolicy = entries.some(({ type }) => type === 'policy_changed');
    if (isNewPolicy) this.#sweep = { after: null };
    const now = this.#parts.stopwatch.elapsed();
    for (const { type, sku } of entries) {
      // Another category may have a policy of its own.
      if (type === 'product_changed' && sku !== null) this.#look(sku, now);
    }
  }

  /** Units that are expected to be asked for at each end until the two can surely pass on units again. */
  expected(sku: string): Ends {
    const horizonMs = Math.min(Math.max(HORIZON_MS_MIN, 1.5 * this.#outageMs), HORIZON_MS_MAX);
    return this.#book.expected(sku, horizonMs);
  }

  #learn(end: End, events: readonly LoggedEvent[]): void {
    const now = this.#parts.stopwatch.elapsed();
    for (const event of events) {
      if (event.sku === null || event.location !== this.#location) continue;
      this.#book.learn(end, event);
      if (isUnderWay(event)) this.#rest(event.sku, now);
      else if (isMovement(event) && changesAvailable(event)) this.#look(event.sku, now);
    }
  }

  #look(sku: string, now: number): void {
    if (!this.#due.has(sku)) this.#due.set(sku, Math.max(now, this.#restsUntil.get(sku) ?? 0));
  }

  /** What was moved, or is asked for, is looked at once more when it lies where it was to go. */
  #rest(sku: string, now: number): void {
    this.#restsUntil.set(sku, now + REST_MS);
    this.#due.set(sku, now + REST_MS);
  }

  #setTimer(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.timers.after(ms, () => {
      this.#setTimer(this.#roundMs);
      if (!this.#isRunning && !this.#isQuiet()) void this.#round();
    });
  }

  async #round(): Promise<void> {
    const link = this.#link;
    if (link === null) return;
    this.#isRunning = true;
    try {
      await this.#sweepOn(link);
      await this.#balance(link, this.#takeDue());
    } catch (error) {
      if (this.#link === link) this.#parts.observer.failed(link.peer, error);
    } finally {
      this.#isRunning = false;
    }
  }

  #takeDue(): readonly string[] {
    const now = this.#parts.stopwatch.elapsed();
    const taken: string[] = [];
    for (const [sku, from] of this.#due) {
      if (from > now) continue;
      this.#due.delete(sku);
      this.#restsUntil.delete(sku);
      if (taken.push(sku) === LEVELS_PER_ROUND) break;
    }
    return taken;
  }

  async #balance(link: Link, skus: readonly string[]): Promise<void> {
    if (skus.length === 0) return;
    const { peer, session, self, location } = link;
    const levels = skus.map((sku) => ({ sku, location, demand: this.expected(sku) }));
    try {
      await submitLink(this.#parts, self, { type: 'balance', peer, session, levels });
    } catch (error) {
      const now = this.#parts.stopwatch.elapsed();
      for (const sku of skus) this.#look(sku, now);
      throw error;
    }
  }

  /** Looks at the next levels of all, the hub's and the shop's. */
  async #sweepOn({ peer, location }: Link): Promise<void> {
    if (this.#sweep === null || this.#due.size > LEVELS_PER_ROUND) return;
    const sweep = this.#sweep;
    const { after } = sweep;
    const { store, stopwatch } = this.#parts;
    const limit = LEVELS_PER_ROUND / 2;
    const now = stopwatch.elapsed();
    const own = await store.levels({
      location,
      limit,
      ...(after !== null && { after: { sku: after, location } }),
    });
    const hubs = await store.shares({
      peer,
      location,
      limit,
      ...(after !== null && { after: { sku: after, location, peer } }),
    });
    const ends = [own, hubs].filter((page) => page.length === limit).map((page) => lastSku(page));
    const through = ends.toSorted(compareText)[0];
    for (const { sku } of [...own, ...hubs]) this.#look(sku, now);
    // With a policy that is new meanwhile it begins anew.
    if (this.#sweep === sweep) this.#sweep = through === undefined ? null : { after: through };
  }
}

function lastSku(page: readonly { readonly sku: string }[]): string {
  return page.at(-1)?.sku ?? '';
}

interface Slice {
  readonly events: readonly LoggedEvent[];
  readonly through: number;
}

/** The newest entries of a log that ends at `end`. */
async function readNewest(
  end: number,
  read: (after: number) => Promise<Slice>,
): Promise<readonly LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  let after = Math.max(end - RECENT_ENTRIES, 0);
  while (after < end) {
    const slice = await read(after);
    events.push(...slice.events);
    if (slice.through <= after) break;
    after = slice.through;
  }
  return events;
}

/**
 * Units were passed on by the plan, or asked for: to be at rest, or by a buyer, who also needs what is there already. What
 * came in was divided without a plan.
 */
function isUnderWay({ type, details }: LoggedEvent): boolean {
  if (type === 'share_wanted' || type === 'want') return true;
  const reason = details?.reason;
  return type === 'grant' && reason !== undefined && !isOfNewUnits(reason);
}

function changesAvailable({ from, to }: Movement): boolean {
  return from === 'available' || to === 'available';
}
