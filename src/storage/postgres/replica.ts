import { setTimeout as after } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { StoreError, StoreUnavailableError } from '../../ledger/errors.ts';
import type { Stopwatch } from '../../ledger/ports.ts';
import {
  type Head,
  LISTS_AGE_MS_MAX,
  type ListStore,
  type QueryStore,
} from '../../queries/store.ts';

/** How often it is looked how far the replica is. */
const LOOK_INTERVAL_MS = 1_000;

const LOOK_MS_MAX = 1_000;

export interface ReplicaParts {
  /** The ledger itself. */
  readonly primary: QueryStore;
  /** What is copied from it, a little later; closed with this. */
  readonly replica: QueryStore;
  readonly stopwatch: Stopwatch;
  /** How long the replica may take to say how far it is, in milliseconds; a second unless given. */
  readonly lookMsMax?: number;
  /** Told when the replica is not used any more, and why. */
  readonly onWarning: (message: string, error?: unknown) => void;
}

/** How far the ledger was, no earlier than at a time of the stopwatch. */
interface Mark {
  readonly sinceMs: number;
  readonly position: number;
}

/**
 * Reads lists from a copy of the database, as long as that is known to have everything that is older than
 * `LISTS_AGE_MS_MAX`. At first it is unfit. Each look compares how far it is with how far the ledger was, and tells until
 * when it is fit. A fault makes it unfit until the next look. While it is unfit, and where a read of it fails, the ledger
 * itself is read.
 */
export class Replica {
  readonly #parts: ReplicaParts;
  readonly #closing = new AbortController();
  #marks: Mark[] = [];
  #fitUntilMs = Number.NEGATIVE_INFINITY;
  #warned = false;
  #watching: Promise<void> = Promise.resolve();

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
  }

  /** Looks again and again, until it is closed. */
  watch(): void {
    this.#watching = this.#watch();
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.look();
      await after(LOOK_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /**
   * Finds out how far the replica is, and until when it is fit to be read. Where the ledger cannot be asked, that is not
   * the replica's fault: it is read until it may be too old.
   */
  async look(): Promise<void> {
    const { primary, stopwatch } = this.#parts;
    const sinceMs = stopwatch.elapsed();
    const head = await primary.head().catch(() => undefined);
    if (head) await this.#lookFor(head, sinceMs);
  }

  async #lookFor(head: Head, sinceMs: number): Promise<void> {
    try {
      await this.#inTime(this.#compare(head, sinceMs));
      this.#warned = this.#warned && !this.isFit;
      if (!this.isFit) this.#warn(`is more than ${LISTS_AGE_MS_MAX} ms behind`);
    } catch (error) {
      this.#fitUntilMs = Number.NEGATIVE_INFINITY;
      this.#warn('cannot be used', error);
    }
  }

  /** The lists of the replica, or where it will not do, of the ledger. */
  get lists(): ListStore {
    const { primary } = this.#parts;
    return {
      // What a position left is asked about for good, and only the ledger is known to have all of it.
      levels: (page) =>
        page.position === undefined
          ? this.#read((store) => store.levels(page))
          : primary.levels(page),
      events: async (page) => {
        const slice = await this.#read((store) => store.events(page));
        return slice.scanned > page.after ? slice : primary.events(page);
      },
      reservations: (page) => this.#read((store) => store.reservations(page)),
      transfers: (page) => this.#read((store) => store.transfers(page)),
      products: (page) => this.#read((store) => store.products(page)),
      locations: (page) => this.#read((store) => store.locations(page)),
      demand: (page) => this.#read((store) => store.demand(page)),
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
    await this.#parts.replica.close();
  }

  /** Whether lists are read from it. */
  get isFit(): boolean {
    return this.#parts.stopwatch.elapsed() < this.#fitUntilMs;
  }

  /** How old what it shows may be, while it is fit. */
  get ageMs(): number {
    return this.#parts.stopwatch.elapsed() - this.#fitUntilMs + LISTS_AGE_MS_MAX;
  }

  async #read<T>(read: (store: ListStore) => Promise<T>): Promise<T> {
    const { primary, replica } = this.#parts;
    if (!this.isFit) return read(primary);
    try {
      return await read(replica);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error instanceof StoreUnavailableError) this.#fitUntilMs = Number.NEGATIVE_INFINITY;
      return read(primary);
    }
  }

  async #compare(head: Head, sinceMs: number): Promise<void> {
    const copied = await this.#parts.replica.head();
    if (!(await this.#isCopy(head, copied)))
      throw new StoreUnavailableError('it holds another log');
    this.#marks = [...this.#marks, { sinceMs, position: head.position }].filter(
      (mark) => mark.sinceMs > sinceMs - LISTS_AGE_MS_MAX,
    );
    const reached = this.#marks.findLast((mark) => mark.position <= copied.position);
    if (reached) this.#fitUntilMs = reached.sinceMs + LISTS_AGE_MS_MAX;
  }

  /**
   * Two logs that have the same newest event in common are one. Asked at each look: after a failover that lost commits,
   * what was a copy has another past, and a ledger that is still empty has nothing in common with any other.
   */
  async #isCopy(head: Head, copied: Head): Promise<boolean> {
    const position = Math.min(head.position, copied.position);
    if (position === 0) return copied.position === 0;
    const page = { after: position - 1, limit: 1 };
    const { primary, replica } = this.#parts;
    const [told, shown] = await Promise.all([primary.events(page), replica.events(page)]);
    return isDeepStrictEqual(told.events, shown.events);
  }

  async #inTime(look: Promise<void>): Promise<void> {
    const { lookMsMax = LOOK_MS_MAX } = this.#parts;
    const done = new AbortController();
    const tooLate = async () => {
      await after(lookMsMax, undefined, { signal: done.signal, ref: false });
      throw new StoreUnavailableError(`no answer for ${lookMsMax} ms`);
    };
    try {
      await Promise.race([look, tooLate()]);
    } finally {
      done.abort();
    }
  }

  #warn(what: string, error?: unknown): void {
    if (this.#warned || this.#closing.signal.aborted) return;
    this.#warned = true;
    this.#parts.onWarning(`the read replica ${what}; lists are read from the database`, error);
  }
}
