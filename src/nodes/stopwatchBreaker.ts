import type { Stopwatch } from '../ledger/ports.ts';
import type { LinkBreaker } from './borrowing.ts';

/**
 * Leaves a peer alone for a while after one question that it did not answer. For nodes whose time is played, by a replay,
 * a simulator or a test; the breaker of a server (`start/linkBreaker.ts`) can go by the clock of its machine only.
 */
export class StopwatchBreaker implements LinkBreaker {
  readonly #stopwatch: Stopwatch;
  readonly #silenceMs: number;
  readonly #silentSince = new Map<string, number>();

  constructor(stopwatch: Stopwatch, silenceMs: number) {
    this.#stopwatch = stopwatch;
    this.#silenceMs = silenceMs;
  }

  async guard(peer: string, ask: () => Promise<void>): Promise<boolean> {
    if (this.#isSilent(peer)) return false;
    try {
      await ask();
      return true;
    } catch {
      this.#silentSince.set(peer, this.#stopwatch.elapsed());
      return false;
    }
  }

  /** The peer has been heard of: it is asked again at once. */
  reset(peer: string): void {
    this.#silentSince.delete(peer);
  }

  #isSilent(peer: string): boolean {
    const since = this.#silentSince.get(peer);
    return since !== undefined && this.#stopwatch.elapsed() - since < this.#silenceMs;
  }
}
