import { type Column, decimals, renderTable } from '../../bench/table.ts';
import { estimate, METRICS } from './metrics.ts';
import { OUTAGES } from './outages.ts';
import type { CellResult } from './runs.ts';

function columns(isMarkdown: boolean): readonly Column<CellResult>[] {
  return [
    {
      heading: 'line cut',
      isText: true,
      cell: ({ outages }) => OUTAGES.find(({ name }) => name === outages)?.title ?? outages,
    },
    {
      heading: 'policy',
      isText: true,
      cell: ({ contender }) =>
        isMarkdown && contender === 'adaptive' ? '**adaptive**' : contender,
    },
    ...METRICS.map(
      (metric): Column<CellResult> => ({
        heading: `${metric.heading}${metric.scale === 100 ? ', %' : ''}`,
        cell: ({ runs }) => {
          const { value, error } = estimate(metric, runs);
          if (Number.isNaN(value)) return '';
          const spread =
            Number.isNaN(error) || error === 0 ? '' : ` ± ${decimals(error, metric.digits)}`;
          return `${decimals(value, metric.digits)}${spread}`;
        },
      }),
    ),
  ];
}

export function plainLines(results: readonly CellResult[]): string[] {
  return renderTable(columns(false), results);
}

export function markdownLines(results: readonly CellResult[]): string[] {
  const all = columns(true);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(all.map(({ heading }) => heading)),
    `|${all.map(({ isText }) => (isText ? '---' : '--:')).join('|')}|`,
    ...results.map((result) => line(all.map(({ cell }) => cell(result)))),
  ];
}
