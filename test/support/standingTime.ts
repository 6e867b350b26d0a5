import { setImmediate } from 'node:timers/promises';
import type { Clock, Stopwatch, Timer, Timers } from '../../src/ledger/ports.ts';

interface Pending {
  readonly at: number;
  readonly action: () => void;
}

/** Clock, stopwatch and timers that stand still until `advance` moves them. Times are milliseconds. */
export class StandingTime implements Clock, Stopwatch, Timers {
  #now: number;
  readonly #pending = new Set<Pending>();

  constructor(start = 0) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): Timer {
    const pending = { at: this.#now + ms, action };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  next(action: () => void): void {
    void setImmediate().then(action);
  }

  soon(action: () => void): void {
    this.after(0, action);
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#pending.size;
  }

  /** Passes `ms`; whatever a timer sets off has run its course before the next one fires. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await setImmediate();
    for (let next = this.#nextBy(end); next; next = this.#nextBy(end)) {
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.action();
      await setImmediate();
    }
    this.#now = end;
  }

  /** Lets what is due now happen until `promise` settles, however many rounds that takes; the clock stands still. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    while (!settled) await this.advance(0);
    return await promise;
  }

  #nextBy(end: number): Pending | undefined {
    const due = [...this.#pending].filter(({ at }) => at <= end);
    return due.reduce<Pending | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined);
  }
}
