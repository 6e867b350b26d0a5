import type { Timer } from '../../src/ledger/ports.ts';
import type { SeededRandom } from './seededRandom.ts';

/** A turn of the event loop takes as long as all that happens in most steps. */
const STEPS_PER_TURN = 64;

interface Pending {
  readonly at: number;
  /** Drawn: what is due at the same moment happens in any order, the same in every run of a seed. */
  readonly rank: number;
  readonly lifetime: Lifetime;
  readonly action: () => void;
}

/**
 * Virtual time and everything that is to happen in it. One thing happens at a time, and the next one begins when
 * whatever promises it has settled have run their course; so a run hangs on its seed alone.
 */
export class Scheduler {
  readonly #random: SeededRandom;
  /** The next one last. */
  readonly #queue: Pending[] = [];
  #now = 0;
  #steps = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Milliseconds since the beginning of the run. */
  get now(): number {
    return this.#now;
  }

  after(ms: number, lifetime: Lifetime, action: () => void): Timer {
    const at = this.#now + Math.max(ms, 0);
    const pending = { at, rank: this.#random.fraction(), lifetime, action };
    this.#queue.splice(this.#placeOf(pending), 0, pending);
    return {
      cancel: () => {
        const index = this.#queue.indexOf(pending);
        if (index >= 0) this.#queue.splice(index, 1);
      },
    };
  }

  /** Lets the next thing happen, and all that follows from it at once. @returns whether there was any */
  async step(): Promise<boolean> {
    const next = this.#queue.pop();
    if (next === undefined) return false;
    this.#now = Math.max(this.#now, next.at);
    if (next.lifetime.isOver) return true;
    next.action();
    this.#steps += 1;
    await (this.#steps % STEPS_PER_TURN === 0 ? wholeTurn() : settled());
    return true;
  }

  #placeOf({ at, rank }: Pending): number {
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#queue[middle];
      const isLater =
        other !== undefined && (other.at > at || (other.at === at && other.rank > rank));
      if (isLater) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Nothing here waits for the outside, so the next tick comes when no promise has anything left to do. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

/** Lets the process look at what is not part of the run: rejections that nobody has caught, messages, signals. */
export function wholeTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A process, or what else may end at any moment. What it waits for then never comes. */
export class Lifetime {
  readonly #scheduler: Scheduler;
  #isOver = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
  }

  after(ms: number, action: () => void): Timer {
    return this.#scheduler.after(ms, this, action);
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }
}
