import {
  OutcomeUnknownError,
  StoreConflictError,
  StoreUnavailableError,
} from '../../src/ledger/errors.ts';
import type { Lifetime } from '../kernel/scheduler.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';
import type { CommitStep, OnStep } from '../memoryStorage/ledgerStore.ts';

/** How a database behaves. */
export interface StoreWeather {
  /** What a step of a commit takes on the average, in milliseconds. */
  stepMs: number;
  /** How often a step takes very long, 0 to 1. */
  stall: number;
  /** How often a step fails, 0 to 1. */
  fault: number;
}

const STALL_MS = 400;

/** What a commit may meet at each step; the outcome of one that fails at the end is unknown to its caller. */
const FAULTS: Readonly<Record<CommitStep, readonly (() => Error)[]>> = {
  load: [
    () => new StoreConflictError('somebody else was faster'),
    () => new StoreUnavailableError('the database is away'),
  ],
  write: [
    () => new StoreConflictError('somebody else was faster'),
    () => new OutcomeUnknownError('the connection broke before the commit'),
  ],
  answer: [() => new OutcomeUnknownError('the connection broke after the commit')],
};

/** Lets each step of a commit take time, and fail now and then. */
export function faultySteps(
  lifetime: Lifetime,
  random: SeededRandom,
  weather: StoreWeather,
): OnStep {
  return async (step) => {
    const stallMs = random.chance(weather.stall) ? random.around(STALL_MS) : 0;
    await lifetime.pause(random.around(weather.stepMs) + stallMs);
    if (random.chance(weather.fault)) throw random.pick(FAULTS[step])();
  };
}
