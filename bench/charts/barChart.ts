import { BarChart, type BarSeriesOption } from 'echarts/charts';
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

use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

type Option = ComposeOption<
  BarSeriesOption | GridComponentOption | LegendComponentOption | TitleComponentOption
>;

const WIDTH = 820;
const HEAD_HEIGHT = 92;
const FOOT_HEIGHT = 24;
/** Of one bar, and of the room between groups of them. */
const BAR_HEIGHT = 20;
const GAP_HEIGHT = 22;
const LABEL_WIDTH = 170;
const VALUE_WIDTH = 74;

export interface BarSeries {
  readonly name: string;
  /** One for each category; null for none. */
  readonly values: readonly (number | null)[];
  /** One for all bars, or one for each. */
  readonly color: string | readonly string[];
}

export interface Bars {
  readonly title: string;
  /** What is shown, in which unit, and which way is better. */
  readonly subtitle: string;
  /** From top to bottom; may have line breaks. */
  readonly categories: readonly string[];
  readonly series: readonly BarSeries[];
  /** How a value is written beside its bar. */
  readonly write: (value: number) => string;
  /** Where the axis ends; the largest value unless given. */
  readonly max?: number;
}

/** Draws horizontal bars, one group for each category. @returns an SVG document */
export function drawBars(bars: Bars): string {
  const { categories, series } = bars;
  const groupHeight = series.length * BAR_HEIGHT + GAP_HEIGHT;
  const height = HEAD_HEIGHT + FOOT_HEIGHT + categories.length * groupHeight;
  return drawSvg(optionOf(bars), { width: WIDTH, height });
}

function optionOf(bars: Bars): Option {
  const { categories, series, max } = bars;
  const isMany = series.length > 1;
  return {
    ...frameOf(bars),
    legend: {
      show: isMany,
      right: 24,
      top: 14,
      itemWidth: 14,
      itemGap: 44,
      textStyle: { color: PALETTE.text },
    },
    grid: {
      left: LABEL_WIDTH,
      right: VALUE_WIDTH,
      top: HEAD_HEIGHT - 12,
      bottom: FOOT_HEIGHT,
    },
    xAxis: { type: 'value', show: false, ...(max !== undefined && { max }) },
    yAxis: {
      type: 'category',
      data: [...categories],
      inverse: true,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: PALETTE.line } },
      axisLabel: { fontSize: 13, lineHeight: 16, color: PALETTE.text },
    },
    series: series.map((each) => seriesOf(each, bars)),
  };
}

function seriesOf({ name, values, color }: BarSeries, { write }: Bars): BarSeriesOption {
  const colorOf = (i: number) => (typeof color === 'string' ? color : (color[i] ?? ''));
  return {
    type: 'bar',
    name,
    barWidth: BAR_HEIGHT - 3,
    barGap: '18%',
    color: colorOf(0),
    data: values.map((value, i) => ({ value: value ?? '-', itemStyle: { color: colorOf(i) } })),
    label: {
      show: true,
      position: 'right',
      fontSize: 12.5,
      color: PALETTE.text,
      formatter: ({ value }) => (typeof value === 'number' ? write(value) : ''),
    },
  };
}
