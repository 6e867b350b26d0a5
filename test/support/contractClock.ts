import type { Clock } from '../../src/ledger/ports.ts';

/** Noon of some day in November 2023. */
const NOON_MS = 1_700_049_600_000;

/** A clock that stands still until a test moves it, in either direction. */
export class ManualClock implements Clock {
  ms = NOON_MS;

  now(): number {
    return this.ms;
  }
}
