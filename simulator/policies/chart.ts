import { drawLines } from '../../bench/charts/lineChart.ts';
import { PALETTE } from '../../bench/charts/palette.ts';
import { decimals } from '../../bench/table.ts';
import { estimate, FALSELY } from './metrics.ts';
import { CURVE_HOURS, hoursADay } from './outages.ts';
import type { CellResult } from './runs.ts';

/** How much is refused falsely the longer lines are cut. @returns an SVG document */
export function drawCurve(results: readonly CellResult[]): string {
  const contenders = [...new Set(results.map(({ contender }) => contender))];
  return drawLines({
    title: 'Refused though it was there, in % of demand',
    subtitle: 'By hours a day during which the line of a shop is cut. Less is better.',
    categories: CURVE_HOURS.map((hours) => (hours === 0 ? 'never' : `${hours} h`)),
    series: contenders.map((name, i) => ({
      name,
      color: PALETTE.lines[i] ?? PALETTE.others,
      values: CURVE_HOURS.map((hours) => valueAt(results, name, hoursADay(hours).name)),
    })),
    write: (value) => decimals(value, value < 1 ? 2 : 1),
  });
}

function valueAt(results: readonly CellResult[], name: string, outages: string): number | null {
  const cell = results.find((one) => one.contender === name && one.outages === outages);
  return cell ? estimate(FALSELY, cell.runs).value : null;
}
