import { StoreConflictError, StoreUnavailableError } from './errors.ts';
import type { LedgerObserver } from './observer.ts';
import type { Randomness, Stopwatch, Timers } from './ports.ts';

/** What meets a conflict is tried this often before it is answered as unavailable. */
const ATTEMPTS_MAX = 12;
/** Nor is it tried again when so much time has passed: each attempt may take seconds where something hangs. */
const RETRYING_MS_MAX = 3_000;
const BACKOFF_FIRST_MS = 2;
const BACKOFF_MAX_MS = 250;

export interface RetryParts {
  readonly stopwatch: Stopwatch;
  readonly timers: Timers;
  readonly random: Randomness;
  readonly observer: LedgerObserver;
}

/** @throws {StoreUnavailableError} when the conflicts do not end; other errors of `attempt` as they are */
export async function withRetries<T>(parts: RetryParts, attempt: () => Promise<T>): Promise<T> {
  const since = parts.stopwatch.elapsed();
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StoreConflictError)) throw error;
      const isLate = parts.stopwatch.elapsed() - since >= RETRYING_MS_MAX;
      if (isLate || tried >= ATTEMPTS_MAX)
        throw new StoreUnavailableError(error.message, { cause: error });
      parts.observer.retried();
      await backOff(parts, tried);
    }
  }
}

/** Waits longer each time, by a random part of it, so that two writers do not meet again and again. */
function backOff({ timers, random }: RetryParts, tried: number): Promise<void> {
  const ceiling = Math.min(BACKOFF_FIRST_MS * 2 ** tried, BACKOFF_MAX_MS);
  return new Promise((resolve) => {
    timers.after(ceiling * (0.5 + random.fraction() / 2), resolve);
  });
}
