import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type Chart, drawStrategies } from '../charts/strategyCharts.ts';
import type { Column } from '../table.ts';
import { columnsOf } from './columns.ts';
import type { LoadResults, Result } from './runLoad.ts';
import { targetLines } from './targets.ts';

const PAGE = new URL('../../docs/performance.md', import.meta.url);
const IMAGES = new URL('../../docs/images/', import.meta.url);

/** What stands between these is written by the bench. */
const BEGIN = '<!-- strategies: written by npm run bench -- strategies --write -->';
const END = '<!-- /strategies -->';

/**
 * Writes tables and charts into the documentation.
 * @param conditions as they were printed
 * @throws {Error} when the page has no place for them
 */
export async function writeStrategies(
  conditions: readonly string[],
  loads: readonly LoadResults[],
): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from === -1 || to < from) throw new Error(`docs/performance.md has no ${BEGIN} ... ${END}`);
  const charts = drawStrategies(loads);
  await mkdir(IMAGES, { recursive: true });
  for (const { name, svg } of charts) await writeFile(new URL(`${name}.svg`, IMAGES), svg);
  const section = [BEGIN, '', ...sectionLines(conditions, loads, charts), ''].join('\n');
  await writeFile(PAGE, page.slice(0, from) + section + page.slice(to));
}

function sectionLines(
  conditions: readonly string[],
  loads: readonly LoadResults[],
  charts: readonly Chart[],
): string[] {
  return [
    ...fenced(conditions),
    ...charts.flatMap(({ name, text }) => [`![${text}](images/${name}.svg)`, '']),
    ...loads.flatMap(({ load, results }) => [
      `**${load.title}**`,
      '',
      ...markdownTable(columnsOf(load), results),
      '',
    ]),
    ...fenced(targetLines(loads)),
  ];
}

function fenced(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['```text', ...lines, '```', ''];
}

function markdownTable(columns: readonly Column<Result>[], results: readonly Result[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ heading }) => heading)),
    `|${columns.map(({ isText }) => (isText ? '---' : '--:')).join('|')}|`,
    ...results.map((result) => line(columns.map(({ cell }) => emphasized(cell(result), result)))),
  ];
}

function emphasized(text: string, { contender }: Result): string {
  return contender.name === 'holdfast' && text !== '' ? `**${text}**` : text;
}
