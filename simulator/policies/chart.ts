import { drawLines } from '../../bench/charts/lineChart.ts';
import { PALETTE } from '../../bench/charts/palette.ts';
import { decimals } from '../../bench/table.ts';
import { estimate, FALSELY } from './metrics.ts';
import { CURVE_HOURS, hoursADay } from './outages.ts';
import type { CellResult } from './runs.ts';

/** A logarithmic axis has no place for what is 0. */
const SHOWN_HOURS = CURVE_HOURS.filter((hours) => hours > 0);

/** The least and the most are written; what lies between is in the table. */
const LABELS: Readonly<Record<string, 'top' | 'bottom'>> = { adaptive: 'bottom', hub: 'top' };

/** How much is refused falsely the longer lines are cut. @returns an SVG document */
export function drawCurve(results: readonly CellResult[]): string {
  const contenders = [...new Set(results.map(({ contender }) => contender))];
  return drawLines({
    title: 'Refused though it was there, in % of demand',
    subtitle:
      'By hours a day during which the line of a shop is cut. Less is better. Never cut: nothing.',
    categories: SHOWN_HOURS.map((hours) => `${hours} h`),
    series: contenders.map((name, i) => ({
      name,
      color: PALETTE.lines[i] ?? PALETTE.others,
      values: SHOWN_HOURS.map((hours) => valueAt(results, name, hoursADay(hours).name)),
      ...(LABELS[name] && { labels: LABELS[name] }),
    })),
    write: (value) => decimals(value, value < 1 ? 2 : 1),
  });
}

function valueAt(results: readonly CellResult[], name: string, outages: string): number | null {
  const cell = results.find((one) => one.contender === name && one.outages === outages);
  return cell ? estimate(FALSELY, cell.runs).value : null;
}
