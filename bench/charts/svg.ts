import { type EChartsCoreOption, init } from 'echarts/core';
import { FONT, PALETTE } from './palette.ts';

/** Draws one chart. @returns an SVG document */
export function drawSvg(
  option: EChartsCoreOption,
  size: { readonly width: number; readonly height: number },
): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption(option);
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}

/** What all charts have: their colours, their type, and their heading. */
export function frameOf({
  title,
  subtitle,
}: {
  readonly title: string;
  readonly subtitle: string;
}) {
  return {
    animation: false,
    backgroundColor: PALETTE.background,
    textStyle: { fontFamily: FONT, color: PALETTE.text },
    title: {
      text: title,
      subtext: subtitle,
      left: 16,
      top: 12,
      textStyle: { fontSize: 17, color: PALETTE.text },
      subtextStyle: { fontSize: 12.5, color: PALETTE.quiet },
    },
  } as const;
}
