import type { SeededRandom } from '../kernel/seededRandom.ts';
import { DAY_MS, HOUR_MS } from './arrival.ts';

/** A time during which the line of a shop is cut, in milliseconds from the beginning. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

/** How the lines of shops fare. */
export interface OutageKind {
  readonly name: string;
  readonly title: string;
  /** The outages of one shop, in order. */
  draw(random: SeededRandom, days: number): readonly Outage[];
}

const FLAKY_OUT_MS = 10_000;
const MINUTE_MS = 60_000;

/** One time without a line, somewhere in each period. */
function oneEvery(periodMs: number, outMs: number) {
  return (random: SeededRandom, days: number): Outage[] => {
    const count = Math.max(Math.floor((days * DAY_MS) / periodMs), 1);
    return Array.from({ length: outMs > 0 ? count : 0 }, (_, index) => {
      const from = index * periodMs + random.fraction() * (periodMs - outMs);
      return { from, to: from + outMs };
    });
  };
}

/** So many hours at a stretch, each day. */
export function hoursADay(hours: number): OutageKind {
  const title = hours === 0 ? 'never' : `${hours} h a day`;
  return { name: `hours-${hours}`, title, draw: oneEvery(DAY_MS, hours * HOUR_MS) };
}

const dayAWeek: OutageKind = {
  name: 'day-a-week',
  title: 'one day a week',
  draw: oneEvery(7 * DAY_MS, DAY_MS),
};

const flaky: OutageKind = {
  name: 'flaky',
  title: '10 s a minute, 1 h a day',
  draw: (random, days) =>
    oneEvery(DAY_MS, HOUR_MS)(random, days).flatMap(({ from }) =>
      Array.from({ length: HOUR_MS / MINUTE_MS }, (_, index) => {
        const at = from + index * MINUTE_MS;
        return { from: at, to: at + FLAKY_OUT_MS };
      }),
    ),
};

/** Hours a day of the curve. */
export const CURVE_HOURS = [0, 0.25, 1, 4, 12] as const;

export const OUTAGES: readonly OutageKind[] = [...CURVE_HOURS.map(hoursADay), dayAWeek, flaky];
