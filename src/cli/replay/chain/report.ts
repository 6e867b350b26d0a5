import path from 'node:path';
import { plural } from '../../common.ts';
import type { Figures } from '../totals.ts';
import type { Happening, PlanSettings } from './plan.ts';
import type { ChainResult } from './run.ts';
import type { Basket, Sales } from './sales.ts';

export interface ChainStart {
  readonly file: string;
  readonly sales: Sales;
  readonly shops: readonly string[];
  readonly baskets: readonly Basket[];
  readonly plan: readonly Happening[];
  readonly settings: PlanSettings & { readonly seed: number };
}

/** What is going to be played, as lines for people. */
export function renderStart({ file, sales, shops, baskets, plan, settings }: ChainStart): string {
  const of = (kind: Happening['kind']) =>
    plan.filter((happening) => happening.kind === kind).length;
  const { cutMinutes, seed } = settings;
  const lines = [
    `${path.basename(file)}: ${plural(sales.lines, 'line')}, of which are left out:`,
    ...Array.from(
      sales.skipped,
      ([reason, figures]) => `  ${reason}: ${plural(figures.lines, 'line')}`,
    ),
    `playing ${plural(baskets.length, 'basket')} of the ${shops.length} busiest of ${plural(sales.stores.size, 'store')}, ${plural(of('order'), 'of them is', 'of them are')} bought online`,
    `invented: ${plural(of('delivery'), 'delivery', 'deliveries')}, online orders, and lines cut for ${plural(cutMinutes, 'minute')} a day; in ${plural(of('cut'), 'cut')} somebody comes, and these are played (seed ${seed})`,
  ];
  return `${lines.join('\n')}\n\n`;
}

interface TableRow {
  readonly label: string;
  figure(result: ChainResult): string;
}

const ROWS: readonly TableRow[] = [
  { label: 'delivered, invented: units', figure: ({ tally }) => grouped(tally.delivered.units) },
  { label: 'wanted: lines', figure: ({ tally }) => grouped(tally.wanted.lines) },
  { label: 'wanted: units', figure: ({ tally }) => grouped(tally.wanted.units) },
  { label: 'sold in the stores: units', figure: ({ tally }) => grouped(tally.sold.store.units) },
  { label: 'sold online: units', figure: ({ tally }) => grouped(tally.sold.online.units) },
  { label: 'picked up: units', figure: ({ tally }) => grouped(tally.pickedUp.units) },
  { label: 'baskets sold as a whole', figure: ({ tally }) => grouped(tally.baskets.whole) },
  { label: 'baskets sold in part', figure: ({ tally }) => grouped(tally.baskets.part) },
  { label: 'baskets without anything', figure: ({ tally }) => grouped(tally.baskets.none) },
  { label: 'refused, not there: lines', figure: ({ tally }) => grouped(tally.trulyRefused.lines) },
  {
    label: 'refused, though there, connected: lines',
    figure: ({ tally }) => grouped(tally.falselyRefused.whole.lines),
  },
  {
    label: 'refused, though there, cut off: lines',
    figure: ({ tally }) => grouped(tally.falselyRefused.cut.lines),
  },
  {
    label: '  of these online',
    figure: ({ tally }) => grouped(tally.falselyRefusedAt.online.lines),
  },
  {
    label: '  part of the lines wanted while cut off',
    figure: ({ tally }) => part(tally.falselyRefused.cut, tally.wantedWhileCut),
  },
  {
    label: '  part of all lines wanted',
    figure: ({ tally }) => part(allFalse(tally), tally.wanted),
  },
  {
    label: 'asked of the other end for a buyer: units',
    figure: ({ tally }) => grouped(tally.borrowed.units),
  },
  {
    label: 'moved to where they are to be: units',
    figure: ({ tally }) => grouped(tally.movedAtRest.units),
  },
  { label: 'left at the hub: units', figure: ({ audit }) => grouped(audit.left.hub) },
  { label: 'left in the stores: units', figure: ({ audit }) => grouped(audit.left.shops) },
  {
    label: 'pick-ups that waited for the line',
    figure: ({ tally }) => grouped(tally.pickUpsDelayed),
  },
  { label: 'messages over links', figure: ({ traffic }) => grouped(traffic.messages) },
  {
    label: '  for each basket',
    figure: ({ traffic, tally }) =>
      (traffic.messages / Math.max(tally.baskets.wanted, 1)).toFixed(1),
  },
  { label: 'KiB over links', figure: ({ traffic }) => grouped(Math.round(traffic.bytes / 1_024)) },
  { label: 'entries in all logs', figure: ({ audit }) => grouped(audit.events) },
  {
    label: 'books, and what verify finds',
    figure: ({ audit }) => `${audit.books}, ${audit.findings}`,
  },
  { label: 'seconds', figure: ({ seconds }) => seconds.toFixed(1) },
];

/** The figures of all policies side by side, and whether their books are right. */
export function renderResults(results: readonly ChainResult[]): string {
  const cells = ROWS.map(({ label, figure }) => [label, ...results.map(figure)]);
  const table = [['', ...results.map(({ policy }) => policy)], ...cells];
  const widths = [0, ...results.map((_, index) => index + 1)].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const lines = table.map((row) =>
    row.map((cell, column) => align(cell, widths[column] ?? 0, column)).join('  '),
  );
  return `${[...lines, '', ...results.flatMap(verdict)].join('\n')}\n`;
}

function align(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function verdict(result: ChainResult): readonly string[] {
  const faults = faultsOf(result);
  const { policy, audit } = result;
  if (faults.length > 0) return faults.map((fault) => `${policy}: ${fault}`);
  return [
    `${policy}: the books of all nodes agree: ${grouped(audit.cameIn)} units came in, ${grouped(audit.handedOver)} were handed over, ${grouped(audit.onHand)} are left`,
  ];
}

/** What is not as it must be, whatever the policy. */
export function faultsOf({ tally, audit }: ChainResult): readonly string[] {
  const handedOver = tally.sold.store.units + tally.pickedUp.units;
  const pairs: readonly (readonly [what: string, expected: number, found: number])[] = [
    ['units that came in', tally.delivered.units, audit.cameIn],
    ['units that were handed over', handedOver, audit.handedOver],
    ['units of online orders that were picked up', tally.sold.online.units, tally.pickedUp.units],
    ['units on hand', audit.cameIn - audit.handedOver, audit.onHand],
    ['units between two nodes', 0, audit.inTransit],
    ['differences that verify finds', 0, audit.findings],
    ['levels with other units than the shelves', 0, audit.wrongLevels],
  ];
  const wrong = pairs.filter(([, expected, found]) => expected !== found);
  return [
    ...wrong.map(
      ([what, expected, found]) => `${what}: ${grouped(found)}, not ${grouped(expected)}`,
    ),
    ...Array.from(tally.faults, ([text, count]) => `${plural(count, 'time')}: ${text}`),
  ];
}

function allFalse({ falselyRefused }: ChainResult['tally']): Figures {
  const { whole, cut } = falselyRefused;
  return { lines: whole.lines + cut.lines, units: whole.units + cut.units };
}

function part(figures: Figures, of: Figures): string {
  return `${((100 * figures.lines) / Math.max(of.lines, 1)).toFixed(2)}%`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
