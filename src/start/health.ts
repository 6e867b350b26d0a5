import { StoreUnavailableError } from '../ledger/errors.ts';
import type { LedgerObserver } from '../ledger/observer.ts';
import type { Stopwatch } from '../ledger/ports.ts';

/** After a commit failed for want of the database, this is how long other servers are preferred to this one. */
const UNAVAILABLE_MS = 5_000;

/** Whether this server wants requests. */
export interface Health {
  /** Sees every commit and hands on what it sees. */
  readonly observer: LedgerObserver;
  readiness(): { readonly ready: boolean; readonly reasons: readonly string[] };
  /** From here on it wants none any more. */
  drain(): void;
}

/**
 * States: well; unavailable from a commit that failed because the database cannot be used, until one goes through or
 * some seconds have passed (requests must come for another try); draining for good.
 */
export function watchHealth(inner: LedgerObserver, stopwatch: Stopwatch): Health {
  let draining = false;
  let unavailableUntil = Number.NEGATIVE_INFINITY;
  return {
    observer: {
      ...inner,
      committed(figures) {
        unavailableUntil = Number.NEGATIVE_INFINITY;
        inner.committed(figures);
      },
      failed(error) {
        if (error instanceof StoreUnavailableError) {
          unavailableUntil = stopwatch.elapsed() + UNAVAILABLE_MS;
        }
        inner.failed(error);
      },
    },
    readiness() {
      const reasons = [
        ...(draining ? ['draining'] : []),
        ...(stopwatch.elapsed() < unavailableUntil ? ['the database cannot be written'] : []),
      ];
      return { ready: reasons.length === 0, reasons };
    },
    drain() {
      draining = true;
    },
  };
}
