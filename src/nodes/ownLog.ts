import type { LoggedEvent } from '../domain/events.ts';
import { type Link, NO_DIGEST } from '../domain/links/link.ts';
import type { Timer } from '../ledger/ports.ts';
import { TURN_POSITIONS, Turns } from '../ledger/turns.ts';
import type { EventFilter } from '../queries/store.ts';
import { type Audience, audiencesWith, concerns } from './concerns.ts';
import { chainDigest } from './digest.ts';
import { type LogSlice, NewestEvents } from './newestEvents.ts';
import type { NodeParts } from './parts.ts';

const PAGE_EVENTS = 500;
/** How often other processes' commits are looked for where nobody tells of them. */
const POLL_MS = 500;

/**
 * This node's log as its links see it: each new event is read once, however many links there are.
 * Open from `start` to `close`; it follows this process's commits at once and those of others within `POLL_MS`.
 */
export class OwnLog {
  readonly #parts: NodeParts;
  readonly #turns: Turns;
  readonly #listeners = new Set<(events: readonly LoggedEvent[]) => void>();
  /** Of links to shops. */
  readonly #byAudience = new Map<Audience, Set<() => void>>();
  #newest = new NewestEvents(0);
  #target = 0;
  #isPulling = false;
  #isOpen = false;
  #poll: Timer | undefined;
  #unsubscribe: readonly (() => void)[] = [];

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.#turns = new Turns(parts.timers);
  }

  /** The last position that was read. */
  get head(): number {
    return this.#newest.head;
  }

  async start(): Promise<void> {
    const { ledger, store, onForeignCommit } = this.#parts;
    this.#isOpen = true;
    this.#newest = new NewestEvents((await store.head()).position);
    this.#target = this.head;
    this.#unsubscribe = [
      ledger.onCommit((position) => this.#hear(position)),
      ...(onForeignCommit ? [onForeignCommit(() => void this.#look())] : []),
    ];
    this.#setPoll();
  }

  close(): void {
    this.#isOpen = false;
    this.#poll?.cancel();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** Calls `listener` with new events, in order. @returns how to stop that */
  onGrowth(listener: (events: readonly LoggedEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` when there are new entries of the link. @returns how to stop that */
  onEntries(link: Link, listener: () => void): () => void {
    if (link.peerRole === 'hub') return this.onGrowth(listener);
    const audiences = audiencesWith(link);
    for (const audience of audiences) this.#listenersOf(audience).add(listener);
    return () => {
      for (const audience of audiences) {
        const listeners = this.#listenersOf(audience);
        listeners.delete(listener);
        if (listeners.size === 0) this.#byAudience.delete(audience);
      }
    };
  }

  /** What concerns the link after `after`: a page of it. */
  read(link: Link, after: number): Promise<LogSlice> {
    return this.#read(link, after, filterOf(link));
  }

  /** As `read`, where notices are not looked at: some of them may be left out. */
  readMovements(link: Link, after: number): Promise<LogSlice> {
    const { peerRole, location } = link;
    return this.#read(link, after, peerRole === 'hub' ? {} : { location });
  }

  async #read(link: Link, after: number, filter: EventFilter): Promise<LogSlice> {
    const kept = this.#newest.slice(link, after, PAGE_EVENTS);
    if (kept && kept.entries.length < TURN_POSITIONS) return kept;
    if (kept) {
      await this.#turns.next();
      return kept;
    }
    const { entries, through } = await this.#page(filter, after);
    return { entries: entries.filter((event) => concerns(link, event)), through };
  }

  /**
   * The digest of what this log has for the peer up to `position`.
   * @returns null when it does not reach so far
   */
  async digestAt(link: Link, position: number): Promise<string | null> {
    const head = (await this.#parts.store.head()).position;
    if (position > head) return null;
    const isPast = position < link.acknowledged;
    let at = isPast ? 0 : link.acknowledged;
    let digest = isPast ? NO_DIGEST : link.acknowledgedDigest;
    while (at < position) {
      const { entries, through } = await this.#page(filterOf(link), at);
      const within = entries.filter((event) => event.position <= position && concerns(link, event));
      digest = chainDigest(this.#parts.hash, digest, within);
      at = through;
    }
    return digest;
  }

  async #page(filter: EventFilter, after: number): Promise<LogSlice> {
    await this.#turns.next();
    const page = { ...filter, after, limit: PAGE_EVENTS };
    const { events, scanned } = await this.#parts.store.events(page);
    return { entries: events, through: scanned };
  }

  #hear(position: number): void {
    this.#target = Math.max(this.#target, position);
    if (!this.#isPulling && this.head < this.#target) void this.#pull();
  }

  async #look(): Promise<void> {
    try {
      this.#hear((await this.#parts.store.head()).position);
    } catch (error) {
      this.#parts.observer.failed(this.#parts.node, error);
    }
  }

  #setPoll(): void {
    this.#poll = this.#parts.timers.after(POLL_MS, () => {
      void this.#look();
      if (this.#isOpen) this.#setPoll();
    });
  }

  async #pull(): Promise<void> {
    this.#isPulling = true;
    try {
      while (this.#isOpen && this.head < this.#target) {
        const { store } = this.#parts;
        const { events } = await store.events({ after: this.head, limit: PAGE_EVENTS });
        if (events.length === 0) break;
        this.#take(events);
      }
    } catch (error) {
      this.#parts.observer.failed(this.#parts.node, error);
    } finally {
      this.#isPulling = false;
    }
  }

  #take(events: readonly LoggedEvent[]): void {
    const audiences = this.#newest.add(events);
    for (const listener of this.#listeners) listener(events);
    const called = new Set<() => void>();
    for (const audience of audiences) {
      for (const listener of this.#byAudience.get(audience) ?? []) called.add(listener);
    }
    for (const listener of called) listener();
  }

  #listenersOf(audience: Audience): Set<() => void> {
    const known = this.#byAudience.get(audience) ?? new Set();
    this.#byAudience.set(audience, known);
    return known;
  }
}

/** Finds what concerns the link, and more. */
function filterOf({ peerRole, location }: Link): EventFilter {
  return peerRole === 'hub' ? {} : { location, orNotice: true };
}
