import { decimals } from '../table.ts';
import type { Figures } from './figures.ts';
import type { LoadResults } from './runLoad.ts';

/** One thing that is to be reached on two cores. */
interface Goal {
  readonly text: string;
  /** Null where what it is made from was not measured. */
  readonly reached: (of: Lookup) => number | null;
  readonly wanted: number;
  readonly atMost?: true;
}

type Lookup = (load: string, contender: string) => Figures | undefined;

const GOALS: readonly Goal[] = [
  timesAsMany('the version column with retries', ['version-3', 'version'], 20),
  timesAsMany('one conditional statement', ['conditional'], 7),
  timesAsMany('one row per unit with SKIP LOCKED', ['skip-locked'], 3),
  timesAsMany('the like empty POST', ['like'], 0.5),
  {
    text: 'statements for each reservation of a hot SKU',
    reached: (of) => of('hot', 'holdfast')?.statements ?? null,
    wanted: 0.05,
    atMost: true,
  },
  {
    text: 'p99 of 1,000 buyers for 500 units, ms',
    reached: (of) => of('buyers-500', 'holdfast')?.p99Ms ?? null,
    wanted: 100,
    atMost: true,
  },
  {
    text: 'wait of a lone client, of that with one conditional statement',
    reached: (of) => ratio(of('lone', 'holdfast')?.p50Ms, of('lone', 'conditional')?.p50Ms),
    wanted: 1.5,
    atMost: true,
  },
];

function timesAsMany(what: string, others: readonly string[], wanted: number): Goal {
  return {
    text: `reservations of a hot SKU, of those with ${what}`,
    wanted,
    reached(of) {
      const best = Math.max(...others.map((name) => of('hot', name)?.perSecond ?? 0));
      return ratio(of('hot', 'holdfast')?.perSecond, best === 0 ? undefined : best);
    },
  };
}

function ratio(one: number | undefined, other: number | undefined): number | null {
  return one === undefined || other === undefined ? null : one / other;
}

/** What was to be reached and what was, one line each; nothing of what was not measured. */
export function targetLines(loads: readonly LoadResults[]): string[] {
  const find: Lookup = (load, contender) =>
    loads
      .find((each) => each.load.name === load)
      ?.results.find((each) => each.contender.name === contender)?.figures;
  return GOALS.flatMap(({ text, reached, wanted, atMost }) => {
    const value = reached(find);
    if (value === null) return [];
    const isReached = atMost ? value <= wanted : value >= wanted;
    const bound = `${atMost ? 'at most' : 'at least'} ${wanted}`;
    return [`${isReached ? 'reached' : 'MISSED '}  ${text}: ${decimals(value, 3)} (${bound})`];
  });
}
