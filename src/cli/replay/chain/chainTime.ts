import type { Clock, Stopwatch, Timer, Timers } from '../../../ledger/ports.ts';

interface Pending {
  readonly at: number;
  readonly action: () => void;
}

/** Stopwatch and timers of one machine. They stand still while it sleeps. */
export class MachineTime implements Stopwatch, Timers {
  #elapsedMs = 0;
  /** The next one last. */
  readonly #pending: Pending[] = [];

  elapsed(): number {
    return this.#elapsedMs;
  }

  after(ms: number, action: () => void): Timer {
    const pending = { at: this.#elapsedMs + Math.max(ms, 0), action };
    this.#pending.splice(this.#placeOf(pending.at), 0, pending);
    return {
      cancel: () => {
        const index = this.#pending.indexOf(pending);
        if (index >= 0) this.#pending.splice(index, 1);
      },
    };
  }

  next(action: () => void): void {
    this.after(0, action);
  }

  soon(action: () => void): void {
    this.after(0, action);
  }

  /** How long it takes until the next timer is due. */
  get dueInMs(): number {
    const next = this.#pending.at(-1);
    return next === undefined ? Number.POSITIVE_INFINITY : Math.max(next.at - this.#elapsedMs, 0);
  }

  pass(ms: number): void {
    this.#elapsedMs += ms;
  }

  fire(): void {
    this.#pending.pop()?.action();
  }

  /** Behind those that are due at the same time. */
  #placeOf(at: number): number {
    let low = 0;
    let high = this.#pending.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#pending[middle]?.at ?? at) > at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * The time of a whole chain, as one row of things that happen one after another: each begins when all that the one before
 * has set off has run its course, so two runs are alike to the last entry of each log.
 *
 * The clock shows the date of what is played. While time is lived (`pass`, `until`), the stopwatches and timers of those
 * machines run with it that are awake, and of the lines between them. A stretch in which nobody wants anything is skipped
 * (`skipTo`): a year in which each node looks after its link every second would take days.
 */
export class ChainTime implements Clock {
  /** Of the lines between the machines, which never sleep. */
  readonly lines = new MachineTime();
  #awake: MachineTime[] = [this.lines];
  #nowMs: number;

  /** @param start milliseconds since 1970 */
  constructor(start: number) {
    this.#nowMs = start;
  }

  now(): number {
    return Math.floor(this.#nowMs);
  }

  /** Lets these machines run, and all others sleep. */
  wake(machines: readonly MachineTime[]): void {
    this.#awake = [this.lines, ...machines];
  }

  /** Lets a machine run for which a message has come. */
  rouse(machine: MachineTime): void {
    if (!this.#awake.includes(machine)) this.#awake.push(machine);
  }

  /** Moves the clock on to a date, unless it is there already. */
  skipTo(date: number): void {
    this.#nowMs = Math.max(this.#nowMs, date);
  }

  /** Lives through so many milliseconds. */
  async pass(ms: number): Promise<void> {
    await settled();
    let left = ms;
    for (let next = this.#next(); next.dueInMs <= left; next = this.#next()) {
      left -= next.dueInMs;
      await this.#step(next);
    }
    this.#advance(left);
  }

  /** Lives until the promise settles. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await settled();
    while (!isSettled) await this.#step(this.#next());
    return promise;
  }

  #next(): MachineTime {
    return this.#awake.reduce((a, b) => (b.dueInMs < a.dueInMs ? b : a));
  }

  async #step(machine: MachineTime): Promise<void> {
    if (machine.dueInMs !== Number.POSITIVE_INFINITY) {
      this.#advance(machine.dueInMs);
      machine.fire();
    }
    await settled();
  }

  #advance(ms: number): void {
    this.#nowMs += ms;
    for (const machine of this.#awake) machine.pass(ms);
  }
}

/** The databases are read and written without giving up the thread: after one turn nothing has anything left to do. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
