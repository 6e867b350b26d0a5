import type { Bench, Row } from './bench.ts';
import { compare, type RowOfFigures } from './measurement.ts';
import { type Column, decimals, renderTable, whole } from './table.ts';

const COLUMNS: readonly Column<RowOfFigures>[] = [
  { heading: '', cell: (row) => row.label, isText: true },
  { heading: 'requests/s', cell: ({ figures }) => whole(figures.requestsPerS) },
  { heading: 'of like', cell: ({ ofLike }) => decimals(ofLike, 2) },
  { heading: 'of bare', cell: ({ ofBare }) => decimals(ofBare, 2) },
  { heading: 'commands/s', cell: ({ figures }) => whole(figures.commandsPerS) },
  { heading: 'p50 ms', cell: ({ figures }) => decimals(figures.p50Ms, 1) },
  { heading: 'p99 ms', cell: ({ figures }) => decimals(figures.p99Ms, 1) },
  { heading: 'commits/s', cell: ({ figures }) => whole(figures.commitsPerS) },
  { heading: 'per commit', cell: ({ figures }) => decimals(figures.commandsPerCommit, 1) },
  { heading: 'CPU cores', cell: ({ figures }) => decimals(figures.cpuCores, 2) },
  { heading: 'CPU us/req.', cell: ({ figures }) => decimals(figures.cpuUsPerRequest, 1) },
  { heading: 'failed', cell: ({ figures }) => whole(figures.failures) },
];

/** Measures row after row, and prints each as soon as it is known. */
export async function runRows(
  rows: readonly Row[],
  bench: Bench,
  print: (lines: readonly string[]) => void,
): Promise<void> {
  const { rounds, seconds, connections } = bench;
  print([
    `measured        ${rounds} rounds in turns of ${seconds} s, medians; ${connections} connections unless said otherwise`,
  ]);
  for (const row of rows) {
    const open = await row.open(bench);
    try {
      const figures = await compare(open.targets, bench);
      print(['', row.title, ...renderTable(COLUMNS, figures)]);
    } finally {
      await open.close();
    }
  }
}
