import type { LoggedEvent } from '../../src/domain/events.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Timers } from '../../src/ledger/ports.ts';
import type { EventPage, EventSlice, Head, QueryStore } from '../../src/queries/store.ts';

/** How far one filtered read looks, so that readers meet slices that end before the log does. */
const SCAN_EVENTS_MAX = 7;

/**
 * A log in memory that grows on demand, as the feed sees it: reads take their picture at once and answer later. It
 * stands for the store where only timing and order matter; the stores themselves have their own suite.
 */
export class GrowingLog implements Pick<QueryStore, 'head' | 'events'>, Pick<Ledger, 'onCommit'> {
  readonly written: LoggedEvent[] = [];
  readonly #timers: Timers;
  readonly #listeners = new Set<(position: number) => void>();
  readonly #hinted = new Set<(position: number) => void>();
  readonly #failures: Error[] = [];
  /** How long a read takes. */
  readMs = 0;
  reads = 0;
  looks = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get listeners(): number {
    return this.#listeners.size + this.#hinted.size;
  }

  get length(): number {
    return this.written.length;
  }

  /** Writes events of these SKUs. Other processes write without a word to this one's listeners. */
  append(skus: readonly string[], { ours = true } = {}): void {
    for (const sku of skus) this.written.push(eventOf(sku, this.length + 1));
    if (ours) for (const listener of this.#listeners) listener(this.length);
  }

  /** Another process says that the log has reached `position`, rightly or not. */
  hint(position: number): void {
    for (const listener of this.#hinted) listener(position);
  }

  /** Makes the next read, of the head or of events, fail. */
  failNext(error = new Error('the store is away')): void {
    this.#failures.push(error);
  }

  onCommit(listener: (position: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onForeignCommit(listener: (position: number) => void): () => void {
    this.#hinted.add(listener);
    return () => this.#hinted.delete(listener);
  }

  head(): Promise<Head> {
    this.looks += 1;
    return this.#answer({ position: this.length, time: this.length });
  }

  events({ after, limit, sku }: EventPage): Promise<EventSlice> {
    this.reads += 1;
    const span = sku === undefined ? limit : SCAN_EVENTS_MAX;
    const seen = this.written.slice(after, after + span);
    const events = seen.filter((event) => sku === undefined || event.sku === sku).slice(0, limit);
    const last = events.length < limit ? seen.at(-1) : events.at(-1);
    return this.#answer({ events, scanned: last?.position ?? after });
  }

  #answer<T>(value: T): Promise<T> {
    const failure = this.#failures.shift();
    return new Promise((resolve, reject) => {
      const settle = () => (failure ? reject(failure) : resolve(value));
      if (this.readMs === 0) settle();
      else this.#timers.after(this.readMs, settle);
    });
  }
}

function eventOf(sku: string, position: number): LoggedEvent {
  return {
    type: 'product_changed',
    sku,
    location: null,
    reservationId: null,
    details: null,
    actor: 'test',
    requestId: 'test',
    position,
    time: position,
  };
}
