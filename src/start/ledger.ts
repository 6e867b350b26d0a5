import type { Config } from '../config/settings.ts';
import { createLedger, type RunningLedger } from '../ledger/createLedger.ts';
import { NO_OBSERVER } from '../ledger/observer.ts';
import { createPlaceFinder } from '../queries/places.ts';
import type { Storage } from '../storage/storage.ts';
import type { Runtime } from './runtime.ts';

/** How often due holds are looked for. Holds must be back within a second of their time. */
const SWEEP_INTERVAL_MS = 250;

export function openLedger(
  runtime: Runtime,
  storage: Storage,
  config: Config,
  observer = NO_OBSERVER,
): RunningLedger {
  return createLedger({
    ...runtime,
    store: storage.ledger,
    finder: createPlaceFinder(storage.queries),
    observer,
    settings: {
      commitLinesMax: config.commitLinesMax,
      queueWaitMaxMs: config.queueWaitMaxMs,
      holdLifeMaxMs: config.holdLifeMaxSeconds * 1_000,
      keyLifeMs: config.keyLifeHours * 3_600_000,
      sweepIntervalMs: SWEEP_INTERVAL_MS,
    },
  });
}
