import type { Plan, PlannedRequest } from '../load/plan.ts';
import { sequence } from '../stage.ts';
import { historyOf, placeOf, type Size } from './history.ts';

/** Levels that are asked for: as many in a large ledger as in a small one, spread over all of it. */
export const LEVELS_ASKED = 1_000;
const LINES = 5;
const PAGE_LINES = 20;

export interface Work {
  readonly name: string;
  readonly title: string;
  plan(size: Size): Plan;
}

export const WORKS: readonly Work[] = [
  {
    name: 'hot',
    title: 'reserve, one hot level',
    plan: (size) => ({ kind: 'cycle', requests: [reserve([askedLevel(0, size)], size)] }),
  },
  {
    name: 'levels',
    title: 'reserve, 1,000 levels',
    plan: (size) => cycle((next) => reserve([askedLevel(next(), size)], size)),
  },
  {
    name: 'orders',
    title: `reserve, orders of ${LINES} lines`,
    plan: (size) => cycle((next) => reserve(distinct(LINES, next, size), size)),
  },
  {
    name: 'lives',
    title: 'reserve, confirm, fulfil',
    plan: (size) => ({
      kind: 'lives',
      first: reserve([askedLevel(0, size)], size),
      next: { held: step('confirm'), confirmed: step('fulfil') },
    }),
  },
  {
    name: 'reads',
    title: 'read a level',
    plan: (size) => cycle((next) => read(askedLevel(next(), size), size, '')),
  },
  {
    name: 'as-of',
    title: 'read a level as of some position',
    plan(size) {
      const { notices, levels, events } = historyOf(size, Date.now());
      const first = notices + levels;
      const position = sequence(events - first);
      return cycle((next) => read(askedLevel(next(), size), size, `?asOf=${first + position()}`));
    },
  },
  {
    name: 'statement',
    title: `${PAGE_LINES} lines of a level's statement`,
    plan: (size) =>
      cycle((next) => read(askedLevel(next(), size), size, `/events?limit=${PAGE_LINES}`)),
  },
];

/** Number of the `index`-th level that is asked for, from 1 on. */
function askedLevel(index: number, { products, locations }: Size): number {
  const levels = products * locations;
  return Math.floor((index * levels) / Math.min(LEVELS_ASKED, levels)) + 1;
}

function distinct(count: number, next: () => number, size: Size): number[] {
  const levels = new Set<number>();
  while (levels.size < count) levels.add(askedLevel(next(), size));
  return [...levels];
}

function cycle(make: (next: () => number) => PlannedRequest): Plan {
  const next = sequence(LEVELS_ASKED);
  return { kind: 'cycle', requests: Array.from({ length: LEVELS_ASKED * 5 }, () => make(next)) };
}

function reserve(levels: readonly number[], size: Size): PlannedRequest {
  const path = '/v1/reservations';
  const lines = levels.map((level) => ({ ...placeOf(level, size), quantity: 1 }));
  return { method: 'POST', route: path, path, body: JSON.stringify({ lines }) };
}

function step(name: string): PlannedRequest {
  const path = `/v1/reservations/<id>/${name}`;
  return { method: 'POST', route: `/v1/reservations/:id/${name}`, path, body: null };
}

function read(level: number, size: Size, rest: string): PlannedRequest {
  const { sku, location } = placeOf(level, size);
  const path = `/v1/stock/${sku}/${location}${rest}`;
  return { method: 'GET', route: '/v1/stock/:sku/:location', path, body: null };
}
