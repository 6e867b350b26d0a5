import type { Randomness, Timers } from './ports.ts';

/** Before another attempt: doubled from the least to the most, and up to half of it less at random. */
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 10_000;

/** The times of waiting; each ends early when the signal aborts. */
export class Pauses {
  readonly #ports: { readonly timers: Timers; readonly random: Randomness };
  readonly #signal: AbortSignal;
  #nextMs = PAUSE_MS_MIN;

  constructor(
    ports: { readonly timers: Timers; readonly random: Randomness },
    signal: AbortSignal,
  ) {
    this.#ports = ports;
    this.#signal = signal;
  }

  /** Lets whoever asks this server go first. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.#ports.timers.soon(resolve));
  }

  /** Longer each time since the last `reset`. */
  longer(): Promise<void> {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(2 * ms, PAUSE_MS_MAX);
    return this.about(ms);
  }

  long(): Promise<void> {
    return this.about(PAUSE_MS_MAX);
  }

  /** Nothing is to be expected of another attempt soon: the next `longer` is as long as can be. */
  lengthen(): void {
    this.#nextMs = PAUSE_MS_MAX;
  }

  /** An attempt went well. */
  reset(): void {
    this.#nextMs = PAUSE_MS_MIN;
  }

  /** From half of it on, so that two that wait for the same do not meet again and again. */
  about(ms: number): Promise<void> {
    if (this.#signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        this.#signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = this.#ports.timers.after(ms * (0.5 + this.#ports.random.fraction() / 2), end);
      this.#signal.addEventListener('abort', end);
    });
  }
}
