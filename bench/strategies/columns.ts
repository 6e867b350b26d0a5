import { type Column, decimals, whole } from '../table.ts';
import type { Load } from './loads.ts';
import type { Result } from './runLoad.ts';

/** The columns of a load: its costs are for each request of a rush, and for each order that was held otherwise. */
export function columnsOf(load: Load): readonly Column<Result>[] {
  return [
    { heading: '', cell: ({ contender }) => contender.title, isText: true },
    ...(load.kind === 'rush' ? OF_A_RUSH : STEADY),
    { heading: 'p50 ms', cell: ({ figures }) => decimals(figures.p50Ms, 1) },
    { heading: 'p99 ms', cell: ({ figures }) => decimals(figures.p99Ms, 1) },
    ...COSTS,
  ];
}

const OVERSOLD: Column<Result> = {
  heading: 'oversold',
  cell: ({ figures }) => whole(figures.oversold),
};

const FAILED: Column<Result> = { heading: 'failed', cell: ({ figures }) => whole(figures.failed) };

const OF_A_RUSH: readonly Column<Result>[] = [
  { heading: 'sold', cell: ({ figures }) => whole(figures.held) },
  { heading: 'unsold', cell: ({ figures }) => whole(figures.unsold) },
  OVERSOLD,
  FAILED,
  { heading: 'answers/s', cell: ({ figures }) => whole(figures.perSecond) },
];

const STEADY: readonly Column<Result>[] = [
  { heading: 'held/s', cell: ({ figures }) => whole(figures.perSecond) },
  OVERSOLD,
  FAILED,
];

const COSTS: readonly Column<Result>[] = [
  { heading: 'statements', cell: ({ figures }) => decimals(figures.statements, 3) },
  { heading: 'round trips', cell: ({ figures }) => decimals(figures.roundTrips, 3) },
  { heading: 'retries', cell: ({ figures }) => decimals(figures.retries, 2) },
  { heading: 'server CPU', cell: ({ figures }) => decimals(figures.serverCpuSeconds, 3) },
  { heading: 'database CPU', cell: ({ figures }) => decimals(figures.databaseCpuSeconds, 3) },
];
