import { median } from '../statistics.ts';

/** What one measurement of one contender showed. */
export interface Figures {
  /** Orders that were held, as the database says; null for who sells nothing. */
  readonly held: number | null;
  /** Units that nobody got, though more was asked for; null where there was more than could be sold. */
  readonly unsold: number | null;
  readonly oversold: number | null;
  /** Answered with anything but a reservation or the word that nothing is left. */
  readonly failed: number;
  /** Held a second; in a rush, answers a second. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The rest is for each order that was held; in a rush, for each request. */
  readonly statements: number;
  readonly roundTrips: number;
  readonly retries: number;
  /** Seconds of processor time for 1,000 of them. */
  readonly serverCpuSeconds: number;
  readonly databaseCpuSeconds: number | null;
}

/** The median of each figure; of what must never be, the worst. */
export function medianFigures(runs: readonly Figures[]): Figures {
  const of = (pick: (run: Figures) => number) => median(runs.map(pick));
  const ofSome = (pick: (run: Figures) => number | null, combine = median) => {
    const values = runs.map(pick).filter((value) => value !== null);
    return values.length === 0 ? null : combine(values);
  };
  return {
    held: ofSome((run) => run.held),
    unsold: ofSome((run) => run.unsold),
    oversold: ofSome(
      (run) => run.oversold,
      (values) => Math.max(...values),
    ),
    failed: of((run) => run.failed),
    perSecond: of((run) => run.perSecond),
    p50Ms: of((run) => run.p50Ms),
    p99Ms: of((run) => run.p99Ms),
    statements: of((run) => run.statements),
    roundTrips: of((run) => run.roundTrips),
    retries: of((run) => run.retries),
    serverCpuSeconds: of((run) => run.serverCpuSeconds),
    databaseCpuSeconds: ofSome((run) => run.databaseCpuSeconds),
  };
}
