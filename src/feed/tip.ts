import type { Timer } from '../ledger/ports.ts';
import type { QueryStore } from '../queries/store.ts';
import type { FeedSources } from './feed.ts';

export interface TipSources
  extends Pick<FeedSources, 'ledger' | 'onForeignCommit' | 'timers' | 'stopwatch'> {
  readonly store: Pick<QueryStore, 'head'>;
  readonly pollMs: number;
  readonly gatherMs: number;
  /** Told of each look at the head that failed; the next one comes in `pollMs`. */
  readonly lookFailed: (error: unknown) => void;
}

/** Why a wait ended: there are events after the position, the deadline has passed, or the reader was aborted. */
export type Wakening = 'news' | 'deadline' | 'aborted';

interface Waiter {
  readonly past: number;
  readonly deadline: number;
  wake(why: Wakening): void;
}

/**
 * Where the log ends, as far as is known here; shared by all readers, so that a thousand of them that wait at the end
 * cost one subscription, one timer and one poll.
 *
 * Asleep while nobody reads: no subscription, no timer; `position` may be old, but never too high. Awake from the first
 * `enter` to the last leave: `position` follows this process's commits at once. Those of other processes on the same
 * database it finds by looking: when they say that there is something, and, since what they say may be lost, every
 * `pollMs`. The poll is left out when something else has just told where the log ends.
 */
export class Tip {
  readonly #sources: TipSources;
  readonly #waiting = new Set<Waiter>();
  #position = 0;
  #positionAtTick = 0;
  /** What others said since the last look. It may be wrong. */
  #hint = 0;
  #readers = 0;
  #failing = false;
  /** Counts the times of being awake, so that a poll under way when the last reader left does not set a timer. */
  #wakefulness = 0;
  #unsubscribe: readonly (() => void)[] = [];
  #tick: Timer | undefined;
  #gathering: Timer | undefined;

  constructor(sources: TipSources) {
    this.#sources = sources;
  }

  /** The newest position known. */
  get position(): number {
    return this.#position;
  }

  /** @returns how to leave */
  enter(): () => void {
    this.#readers += 1;
    if (this.#readers === 1) this.#awake();
    return () => {
      this.#readers -= 1;
      if (this.#readers === 0) this.#sleep();
    };
  }

  /** Takes note that the log reaches `position`; who waits for it is woken within `gatherMs`. */
  learn(position: number): void {
    if (position <= this.#position) return;
    this.#position = position;
    if (this.#waiting.size > 0) this.#gather();
  }

  /** Asks the store. Errors are those of the store. */
  async refresh(): Promise<void> {
    this.learn((await this.#sources.store.head()).position);
  }

  /**
   * Waits for events after `past`, but not for those that are known already. The deadline (on the stopwatch) is kept to
   * within `pollMs`, and only while the store answers: silence is then the sign that something is wrong.
   */
  wait(past: number, deadline: number, signal: AbortSignal): Promise<Wakening> {
    if (signal.aborted) return Promise.resolve('aborted');
    return new Promise((resolve) => {
      const onAbort = () => waiter.wake('aborted');
      const waiter: Waiter = {
        past,
        deadline,
        wake: (why) => {
          this.#waiting.delete(waiter);
          signal.removeEventListener('abort', onAbort);
          resolve(why);
        },
      };
      signal.addEventListener('abort', onAbort);
      this.#waiting.add(waiter);
    });
  }

  #awake(): void {
    this.#wakefulness += 1;
    const { ledger, onForeignCommit } = this.#sources;
    this.#unsubscribe = [
      ledger.onCommit((position) => this.learn(position)),
      ...(onForeignCommit ? [onForeignCommit((position) => this.#hear(position))] : []),
    ];
    this.#setTick();
  }

  #sleep(): void {
    this.#wakefulness += 1;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#tick?.cancel();
    this.#gathering?.cancel();
    this.#gathering = undefined;
  }

  #setTick(): void {
    this.#tick = this.#sources.timers.after(this.#sources.pollMs, () => void this.#onTick());
  }

  async #onTick(): Promise<void> {
    const wakefulness = this.#wakefulness;
    if (this.#position === this.#positionAtTick) await this.#look();
    if (wakefulness !== this.#wakefulness) return;
    this.#positionAtTick = this.#position;
    this.#wakeReady();
    this.#setTick();
  }

  async #look(): Promise<void> {
    try {
      await this.refresh();
      this.#failing = false;
    } catch (error) {
      this.#failing = true;
      this.#sources.lookFailed(error);
    }
  }

  #hear(position: number): void {
    if (position <= this.#position) return;
    this.#hint = Math.max(this.#hint, position);
    this.#gather();
  }

  /** Commits come by the thousand in a second: waking readers for each would cost more than it brings. */
  #gather(): void {
    const { timers, gatherMs } = this.#sources;
    this.#gathering ??= timers.after(gatherMs, () => void this.#onGathered());
  }

  async #onGathered(): Promise<void> {
    const wakefulness = this.#wakefulness;
    if (this.#hint > this.#position) {
      this.#hint = 0;
      await this.#look();
      if (wakefulness !== this.#wakefulness) return;
    }
    this.#gathering = undefined;
    this.#wakeReady();
    if (this.#hint > this.#position) this.#gather();
  }

  #wakeReady(): void {
    const now = this.#sources.stopwatch.elapsed();
    for (const waiter of this.#waiting) {
      if (this.#position > waiter.past) waiter.wake('news');
      else if (now >= waiter.deadline && !this.#failing) waiter.wake('deadline');
    }
  }
}
