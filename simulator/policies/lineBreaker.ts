import type { LinkBreaker } from '../../src/nodes/borrowing.ts';
import type { Scheduler } from '../kernel/scheduler.ts';

/** How long a peer that did not answer is left alone, unless it is heard of. */
const SILENCE_MS = 5_000;

/** Leaves alone for a while who did not answer; on virtual time, and otherwise as the breaker of a real node. */
export class LineBreaker implements LinkBreaker {
  readonly #scheduler: Scheduler;
  /** By peer: until when it is not asked. */
  readonly #silentUntil = new Map<string, number>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  reset(peer: string): void {
    this.#silentUntil.delete(peer);
  }

  async guard(peer: string, ask: () => Promise<void>): Promise<boolean> {
    if ((this.#silentUntil.get(peer) ?? 0) > this.#scheduler.now) return false;
    try {
      await ask();
      this.reset(peer);
      return true;
    } catch {
      this.#silentUntil.set(peer, this.#scheduler.now + SILENCE_MS);
      return false;
    }
  }
}
