import { LineChart, type LineSeriesOption } from 'echarts/charts';
import {
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
  TitleComponent,
  type TitleComponentOption,
} from 'echarts/components';
import { type ComposeOption, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { PALETTE } from './palette.ts';
import { drawSvg, frameOf } from './svg.ts';

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

type Option = ComposeOption<
  LineSeriesOption | GridComponentOption | LegendComponentOption | TitleComponentOption
>;

const WIDTH = 820;
const HEIGHT = 420;

export interface LineSeries {
  readonly name: string;
  /** One for each category; null for none, and nothing that is not above 0. */
  readonly values: readonly (number | null)[];
  readonly color: string;
  /** Where its values are written; nowhere unless it is said, for lines may lie close together. */
  readonly labels?: 'top' | 'bottom';
}

export interface Lines {
  readonly title: string;
  /** What is shown, in which unit, and which way is better. */
  readonly subtitle: string;
  /** From left to right. */
  readonly categories: readonly string[];
  readonly series: readonly LineSeries[];
  /** How a value is written beside its point. */
  readonly write: (value: number) => string;
}

/** Draws one line for each series over the same categories, on a logarithmic axis. @returns an SVG document */
export function drawLines(lines: Lines): string {
  return drawSvg(optionOf(lines), { width: WIDTH, height: HEIGHT });
}

function optionOf(lines: Lines): Option {
  const { categories, series, write } = lines;
  return {
    ...frameOf(lines),
    legend: { right: 24, top: 16, itemGap: 24, textStyle: { color: PALETTE.text } },
    grid: { left: 56, right: 64, top: 88, bottom: 40 },
    xAxis: {
      type: 'category',
      data: [...categories],
      axisLine: { lineStyle: { color: PALETTE.line } },
      axisLabel: { fontSize: 13, color: PALETTE.text },
    },
    yAxis: {
      type: 'log',
      splitLine: { lineStyle: { color: PALETTE.line } },
      axisLabel: { color: PALETTE.quiet, formatter: (value: number) => String(value) },
    },
    series: series.map((each) => seriesOf(each, write)),
  };
}

function seriesOf(
  { name, values, color, labels }: LineSeries,
  write: (value: number) => string,
): LineSeriesOption {
  return {
    type: 'line',
    name,
    color,
    symbolSize: 7,
    lineStyle: { width: 2.5 },
    data: values.map((value) => (value !== null && value > 0 ? value : '-')),
    label: {
      show: labels !== undefined,
      position: labels ?? 'top',
      distance: 8,
      fontSize: 12,
      color,
      formatter: ({ value }) => (typeof value === 'number' ? write(value) : ''),
    },
  };
}
