import { LedgerFrozenError, OutcomeUnknownError, StoreUnavailableError } from '../ledger/errors.ts';
import type { LedgerObserver } from '../ledger/observer.ts';
import type { Stopwatch } from '../ledger/ports.ts';

/** After a commit failed for want of the database, this is how long other servers are preferred to this one. */
const UNAVAILABLE_MS = 5_000;

/** A frozen ledger says so each time that due holds are looked for: after a fault that is once a second. */
const FROZEN_MS = 3_000;

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
 * some seconds have passed (requests must come for another try); frozen while the ledger says that it is, of which only
 * the beginning is told; draining for good.
 */
export function watchHealth(inner: LedgerObserver, stopwatch: Stopwatch): Health {
  let draining = false;
  let unavailableUntil = Number.NEGATIVE_INFINITY;
  let frozen: { readonly reason: string; readonly until: number } | null = null;
  const whyFrozen = () => (frozen && stopwatch.elapsed() < frozen.until ? [frozen.reason] : []);
  const freeze = ({ message }: LedgerFrozenError): boolean => {
    const isNew = whyFrozen().length === 0;
    frozen = { reason: message, until: stopwatch.elapsed() + FROZEN_MS };
    return isNew;
  };
  return {
    observer: {
      ...inner,
      committed(figures) {
        unavailableUntil = Number.NEGATIVE_INFINITY;
        frozen = null;
        inner.committed(figures);
      },
      failed(error) {
        if (error instanceof StoreUnavailableError || error instanceof OutcomeUnknownError) {
          unavailableUntil = stopwatch.elapsed() + UNAVAILABLE_MS;
        }
        if (error instanceof LedgerFrozenError && !freeze(error)) return;
        inner.failed(error);
      },
    },
    readiness() {
      const reasons = [
        ...(draining ? ['draining'] : []),
        ...(stopwatch.elapsed() < unavailableUntil ? ['the database cannot be written'] : []),
        ...whyFrozen(),
      ];
      return { ready: reasons.length === 0, reasons };
    },
    drain() {
      draining = true;
    },
  };
}
