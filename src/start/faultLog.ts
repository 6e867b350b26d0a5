import { LedgerFrozenError, StoreUnavailableError } from '../ledger/errors.ts';
import type { Stopwatch } from '../ledger/ports.ts';
import type { Logger } from '../observability/logger.ts';

/** While the database is away every request fails; this often the log says so, and why. */
const UNAVAILABLE_INTERVAL_MS = 1_000;

/** Logs why commits fail. How many do is told by the metrics. */
export function createFaultLog(
  logger: Pick<Logger, 'error' | 'warn'>,
  stopwatch: Stopwatch,
): (error: unknown) => void {
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  const isRepeated = (error: unknown): boolean => {
    if (!(error instanceof StoreUnavailableError)) return false;
    const nowMs = stopwatch.elapsed();
    if (nowMs < quietUntilMs) return true;
    quietUntilMs = nowMs + UNAVAILABLE_INTERVAL_MS;
    return false;
  };
  return (error) => {
    if (isRepeated(error)) return;
    if (error instanceof LedgerFrozenError) logger.warn({ reason: error.reason }, error.message);
    else logger.error({ err: error }, 'a commit failed');
  };
}
