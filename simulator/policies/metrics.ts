import type { Demand, Figures, LineState } from './figures.ts';

/** A figure of many runs: the sum of one thing for the sum of another. */
export interface Metric<Run = Figures> {
  readonly heading: string;
  /** Of one run. */
  readonly parts: (run: Run) => { readonly of: number; readonly per: number };
  /** What it is multiplied with: 100 makes percent. */
  readonly scale: number;
  readonly digits: number;
}

export interface Estimate {
  readonly value: number;
  /** Half of the width of the 95 % confidence interval, over the seeds. */
  readonly error: number;
}

const PERCENT = 100;
/** Standard errors on either side of a value that leave out 5 of 100. */
const CONFIDENCE = 1.96;

const LINE_STATES: readonly LineState[] = ['connected', 'cut'];

function sides(figures: Figures, states: readonly LineState[] = LINE_STATES): readonly Demand[] {
  return states.flatMap((state) => [figures.demand[state].shop, figures.demand[state].online]);
}

function sum(demands: readonly Demand[], what: keyof Demand): number {
  return demands.reduce((total, demand) => total + demand[what], 0);
}

/** A part of demand, in percent of units. */
function share(
  heading: string,
  what: keyof Demand,
  pick: (figures: Figures) => readonly Demand[],
  of = pick,
): Metric {
  const parts = (figures: Figures) => ({
    of: sum(pick(figures), what),
    per: sum(of(figures), 'units'),
  });
  return { heading, parts, scale: PERCENT, digits: 2 };
}

const connected = (figures: Figures) => sides(figures, ['connected']);

/** Refused falsely, of all demand. */
export const FALSELY = share('falsely refused', 'refusedFalsely', sides);

export const METRICS: readonly Metric[] = [
  FALSELY,
  share('of it connected', 'refusedFalsely', connected, sides),
  share('while cut: in the shop', 'refusedFalsely', ({ demand }) => [demand.cut.shop]),
  share('while cut: online', 'refusedFalsely', ({ demand }) => [demand.cut.online]),
  share('truly sold out', 'soldOut', sides),
  {
    heading: 'waited',
    parts: ({ waiters, sales }) => ({ of: waiters, per: sales }),
    scale: PERCENT,
    digits: 1,
  },
  perSale('messages a sale', 2, ({ messages }) => messages),
  perSale('bytes a sale', 0, ({ bytes }) => bytes),
  perUnitSold('borrowed', ({ borrowed }) => borrowed),
  perUnitSold('moved at rest', ({ planned }) => planned),
  {
    heading: 'on the wrong side',
    parts: ({ misplacedUnitHours, unitHours }) => ({ of: misplacedUnitHours, per: unitHours }),
    scale: PERCENT,
    digits: 1,
  },
  {
    heading: 'idle unit-hours a 1,000 units sold',
    parts: (figures) => ({ of: figures.idleUnitHours, per: sum(sides(figures), 'sold') }),
    scale: 1_000,
    digits: 0,
  },
];

function perSale(heading: string, digits: number, of: (figures: Figures) => number): Metric {
  const parts = (figures: Figures) => ({ of: of(figures), per: figures.sales });
  return { heading, parts, scale: 1, digits };
}

function perUnitSold(heading: string, of: (figures: Figures) => number): Metric {
  const parts = (figures: Figures) => ({ of: of(figures), per: sum(sides(figures), 'sold') });
  return { heading, parts, scale: 1, digits: 2 };
}

/** The ratio of two sums, with its error by the spread of seeds around it (the delta method). */
export function estimate<Run>({ parts, scale }: Metric<Run>, runs: readonly Run[]): Estimate {
  const pairs = runs.map(parts);
  const per = pairs.reduce((total, pair) => total + pair.per, 0);
  const ratio = pairs.reduce((total, pair) => total + pair.of, 0) / per;
  const squares = pairs.reduce((total, pair) => total + (pair.of - ratio * pair.per) ** 2, 0);
  const count = pairs.length;
  const error = count > 1 ? Math.sqrt((squares * count) / (count - 1)) / per : Number.NaN;
  return { value: ratio * scale, error: CONFIDENCE * error * scale };
}

/** Units that were refused falsely while the line worked. */
export function falselyConnected(runs: readonly Figures[]): number {
  return runs.reduce((total, figures) => total + sum(connected(figures), 'refusedFalsely'), 0);
}
