import type { Figures } from '../strategies/figures.ts';
import type { Load } from '../strategies/loads.ts';
import type { LoadResults, Result } from '../strategies/runLoad.ts';
import { decimals, whole } from '../table.ts';
import { drawBars } from './barChart.ts';
import { PALETTE } from './palette.ts';

/** A picture for the docs. */
export interface Chart {
  /** Of the file. */
  readonly name: string;
  /** What somebody is told who cannot see it. */
  readonly text: string;
  readonly svg: string;
}

const HOT = 'hot';
const BUYERS = 'buyers-500';

/** The charts of all that was measured; a load that was left out has none. */
export function drawStrategies(loads: readonly LoadResults[]): Chart[] {
  const hot = loads.find(({ load }) => load.name === HOT);
  const buyers = loads.find(({ load }) => load.name === BUYERS);
  const rushes = loads.filter(({ load }) => load.kind === 'rush');
  return [
    ...(hot ? [throughput(hot.results)] : []),
    ...(rushes.length > 0 ? [sellThrough(rushes)] : []),
    ...(buyers ? [latency(buyers.load, buyers.results)] : []),
  ];
}

function throughput(results: readonly Result[]): Chart {
  const title = 'Reservations of one SKU, a second';
  const svg = drawBars({
    title,
    subtitle:
      'Each durable before it is answered; all through the same HTTP server. More is better.',
    categories: results.map(({ contender }) => contender.label),
    series: [
      {
        name: 'a second',
        values: results.map(({ figures }) => figures.perSecond),
        color: results.map(colorOf),
      },
    ],
    write: whole,
  });
  return { name: 'strategies-throughput', text: title, svg };
}

function sellThrough(rushes: readonly LoadResults[]): Chart {
  const title = 'What was sold of what could be';
  const [first] = rushes;
  const svg = drawBars({
    title,
    subtitle: 'Every buyer asks once. Less than 100 % is stock that was there and was refused.',
    categories: (first?.results ?? []).map(({ contender }) => contender.label),
    series: rushes.map(({ load, results }, i) => ({
      name: shortTitle(load),
      values: results.map(({ figures }) => shareSold(load, figures)),
      color: PALETTE.series[i] ?? PALETTE.others,
    })),
    write: (value) => `${decimals(value, value === 100 ? 0 : 1)} %`,
    max: 100,
  });
  return { name: 'strategies-sell-through', text: title, svg };
}

function latency(load: Load, results: readonly Result[]): Chart {
  const title = 'How long a buyer waits, in milliseconds';
  const series = [
    { name: 'half of them at most', pick: ({ p50Ms }: Figures) => p50Ms },
    { name: '99 of 100 at most', pick: ({ p99Ms }: Figures) => p99Ms },
  ];
  const svg = drawBars({
    title,
    subtitle: `${load.title}, all at once, each on a connection of its own. Less is better.`,
    categories: results.map(({ contender }) => contender.label),
    series: series.map(({ name, pick }, i) => ({
      name,
      values: results.map(({ figures }) => pick(figures)),
      color: PALETTE.series[i] ?? PALETTE.others,
    })),
    write: whole,
  });
  return { name: 'strategies-latency', text: title, svg };
}

function colorOf({ contender }: Result): string {
  if (contender.name === 'holdfast') return PALETTE.own;
  return contender.name === 'like' ? PALETTE.bound : PALETTE.others;
}

function shortTitle(load: Load): string {
  if (load.kind !== 'rush') return load.title;
  return `${whole(load.requests)} for ${whole(load.units)}`;
}

function shareSold(load: Load, { unsold }: Figures): number | null {
  if (load.kind !== 'rush' || unsold === null) return null;
  const wanted = Math.min(load.units, load.requests);
  return ((wanted - unsold) / wanted) * 100;
}
