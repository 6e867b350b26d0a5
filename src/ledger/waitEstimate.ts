/** Weight of a commit from which on its duration tells the cost of its lines rather than that of a commit. */
const LARGE_COMMIT_LINES = 100;

/** How fast estimates follow what is measured: 1 would forget all but the last. */
const SMOOTHING = 0.2;

/** Assumed until measured: durable commits take about this long on a common disk. */
const COMMIT_MS_INITIAL = 5;
const LINE_MS_INITIAL = 0.02;

/**
 * Estimates how long a command that comes now would wait. A commit costs something by itself and something per line;
 * the two are learned apart, for small commits say nothing about what a line costs in a large one.
 */
export class WaitEstimate {
  #commitMs = COMMIT_MS_INITIAL;
  #lineMs = LINE_MS_INITIAL;

  /**
   * Each commit tells one of the two, and bounds the other: neither can be more than all that the commit took. Without
   * the bound, a commit that met a standstill of the disk would have work shed for ever: with so little let in, no
   * commit is large enough to tell that lines are cheap again.
   */
  observe(lines: number, durationMs: number): void {
    const durationPerLineMs = durationMs / Math.max(lines, 1);
    if (lines >= LARGE_COMMIT_LINES) {
      this.#lineMs += SMOOTHING * (durationPerLineMs - this.#lineMs);
      this.#commitMs = Math.min(this.#commitMs, durationMs);
    } else {
      this.#commitMs += SMOOTHING * (durationMs - this.#commitMs);
      this.#lineMs = Math.min(this.#lineMs, durationPerLineMs);
    }
  }

  /** @param runningMs how long the commit that is under way has taken so far; a hanging store shows up here */
  waitMs(waitingLines: number, linesPerCommit: number, runningMs: number): number {
    const commits = Math.ceil(waitingLines / linesPerCommit);
    return runningMs + commits * this.#commitMs + waitingLines * this.#lineMs;
  }
}
