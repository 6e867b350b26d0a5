import type { Timer } from '../ledger/ports.ts';
import type { NodeParts } from './parts.ts';

/** Doubled from the least to the most, and up to half of it less at random. */
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 10_000;

/** The pauses between a node's attempts to reach its hub. */
export class Pauses {
  readonly #parts: Pick<NodeParts, 'timers' | 'random'>;
  #nextMs = PAUSE_MS_MIN;
  #wake: () => void = () => undefined;

  constructor(parts: Pick<NodeParts, 'timers' | 'random'>) {
    this.#parts = parts;
  }

  /** The last attempt went well: the next pause is the shortest. */
  shorten(): void {
    this.#nextMs = PAUSE_MS_MIN;
  }

  /** The hub does not want to hear of this node for now: the next pause is the longest. */
  lengthen(): void {
    this.#nextMs = PAUSE_MS_MAX;
  }

  wait(): Promise<void> {
    const { timers, random } = this.#parts;
    const ms = this.#nextMs * (1 - random.fraction() / 2);
    this.#nextMs = Math.min(2 * this.#nextMs, PAUSE_MS_MAX);
    return new Promise((resolve) => {
      const timer: Timer = timers.after(ms, () => resolve());
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** Ends the pause that is under way. */
  wake(): void {
    this.#wake();
  }
}
