import type { Timer, Timers } from '../../src/ledger/ports.ts';
import type { Lifetime, Scheduler } from '../kernel/scheduler.ts';

/** Timers up to this long only look whether there is something to do, or wait for an answer that is under way. */
const POLL_MS_MAX = 15_000;

/** After a long timer has gone off, machines are awake for so long. */
const ERRAND_MS = 1_000;

interface Sleeper {
  readonly due: number;
  action: (() => void) | null;
}

/**
 * Lets the machines of a world nap while nothing happens in it: what they would only look at again and again is not
 * looked at until somebody wakes them. Time is true all the same, and so are long timers; short ones go off late. Two
 * weeks of a quiet shop would else be millions of looks at nothing.
 */
export class Naps {
  readonly #scheduler: Scheduler;
  readonly #lifetime: Lifetime;
  readonly #onWake: () => void;
  #awakeUntil = 0;
  #sleepers: Sleeper[] = [];

  /** @param onWake called as a nap ends, before anything else that is due */
  constructor(scheduler: Scheduler, lifetime: Lifetime, onWake: () => void) {
    this.#scheduler = scheduler;
    this.#lifetime = lifetime;
    this.#onWake = onWake;
  }

  /** Wakes all machines for a time: what was due meanwhile comes first. */
  wake(ms: number): void {
    const { now } = this.#scheduler;
    if (now > this.#awakeUntil) this.#onWake();
    this.#awakeUntil = Math.max(this.#awakeUntil, now + ms);
    const awakened = this.#sleepers.filter(({ due }) => due <= this.#awakeUntil);
    if (awakened.length === 0) return;
    this.#sleepers = this.#sleepers.filter(({ due }) => due > this.#awakeUntil);
    for (const sleeper of awakened) this.#set(sleeper);
  }

  /** Timers of a machine. */
  timers(): Timers {
    const soon = (action: () => void) => void this.#lifetime.after(0, action);
    return {
      after: (ms, action) => (ms > POLL_MS_MAX ? this.#long(ms, action) : this.#short(ms, action)),
      next: soon,
      soon,
    };
  }

  /** Timers that never end a nap. */
  idleTimers(): Timers {
    return { ...this.timers(), after: (ms, action) => this.#short(ms, action) };
  }

  #long(ms: number, action: () => void): Timer {
    return this.#lifetime.after(ms, () => {
      this.wake(ERRAND_MS);
      action();
    });
  }

  #short(ms: number, action: () => void): Timer {
    const sleeper: Sleeper = { due: this.#scheduler.now + ms, action };
    if (sleeper.due <= this.#awakeUntil) this.#set(sleeper);
    else this.#sleepers.push(sleeper);
    return {
      cancel: () => {
        sleeper.action = null;
      },
    };
  }

  #set(sleeper: Sleeper): void {
    this.#lifetime.after(sleeper.due - this.#scheduler.now, () => sleeper.action?.());
  }
}
