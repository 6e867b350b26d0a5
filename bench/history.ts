import { mkdtemp, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Bench } from './bench.ts';
import { runClosedLoop } from './inProcess/closedLoop.ts';
import { type OpenLedger, openBenchLedger } from './inProcess/openLedger.ts';
import { HOT_SKU, LOCATION, SKU_COUNT, sequence, skuAt } from './stage.ts';
import { type Column, decimals, renderTable, whole } from './table.ts';

/** The lengths of history at which is measured, as shares of the longest. */
const SHARES = [0, 1 / 8, 1 / 4, 1 / 2, 1];

/** Lives that one work brings in; half of them are of the hot SKU. */
const LIVES_PER_WORK = 250;
const STATEMENT_LINES = 100;
const READ_SECONDS_MAX = 1;
const MIB = 2 ** 20;

interface Stage {
  readonly events: number;
  readonly fileBytes: number;
  readonly openMs: number;
  /** Microseconds each. */
  readonly hot: number;
  readonly spread: number;
  readonly level: number;
  readonly asOf: number;
  readonly statement: number;
}

const COLUMNS: readonly Column<Stage>[] = [
  { heading: 'events', cell: ({ events }) => whole(events) },
  { heading: 'file MiB', cell: ({ fileBytes }) => whole(fileBytes / MIB) },
  { heading: 'open ms', cell: ({ openMs }) => decimals(openMs, 1) },
  { heading: 'reserve hot us', cell: ({ hot }) => decimals(hot, 1) },
  { heading: 'reserve 1,000 us', cell: ({ spread }) => decimals(spread, 1) },
  { heading: 'level us', cell: ({ level }) => decimals(level, 1) },
  { heading: 'as of us', cell: ({ asOf }) => decimals(asOf, 1) },
  { heading: `${STATEMENT_LINES} lines us`, cell: ({ statement }) => decimals(statement, 1) },
];

/** Shows what commands, reads and the start cost as the log grows to `events`, in this process and without HTTP. */
export async function runHistory(bench: Bench, events: number): Promise<string[]> {
  const folder = await mkdtemp(path.join(bench.folder, 'history-'));
  const file = path.join(folder, 'history.db');
  const stages: Stage[] = [];
  for (const share of SHARES) {
    await grow(file, events * share);
    stages.push(await measure(file, bench));
  }
  return renderTable(COLUMNS, stages);
}

/** Brings in whole lives of reservations, as fast as it goes, until the log has so many events. */
async function grow(file: string, events: number): Promise<void> {
  const open = await openBenchLedger(file);
  const next = sequence(SKU_COUNT);
  let count = 0;
  for (let head = 0; head < events; ) {
    const items = Array.from({ length: LIVES_PER_WORK }, () => {
      count += 1;
      return life(open, count % 2 === 0 ? HOT_SKU : skuAt(next()));
    }).flat();
    await open.ledger.submit({ actor: 'bench', requestId: 'bench-history', items });
    head = (await open.storage.queries.head()).position;
  }
  await open.close();
}

function life(open: OpenLedger, sku: string) {
  const reserve = open.reserve([sku]);
  const { reservationId } = reserve;
  return [
    { command: reserve },
    { command: { type: 'confirm' as const, reservationId } },
    { command: { type: 'fulfil' as const, reservationId } },
  ];
}

async function measure(file: string, { seconds, connections }: Bench): Promise<Stage> {
  const readSeconds = Math.min(seconds, READ_SECONDS_MAX);
  const startedAt = performance.now();
  const open = await openBenchLedger(file);
  const openMs = performance.now() - startedAt;
  const { queries } = open.storage;
  const { position } = await queries.head();
  const anySku = sequence(SKU_COUNT);
  const anyPosition = sequence(position);
  const reserve = async (sku: string): Promise<void> => {
    const items = [{ command: open.reserve([sku]) }];
    await open.ledger.submit({ actor: 'bench', requestId: 'bench-history', items });
  };
  const page = { sku: HOT_SKU, location: LOCATION, limit: STATEMENT_LINES };
  const stage = {
    events: position,
    fileBytes: (await stat(file)).size,
    openMs,
    level: await cost(() => queries.level(skuAt(anySku()), LOCATION), 1, readSeconds),
    asOf: await cost(() => queries.levelAt(HOT_SKU, LOCATION, anyPosition()), 1, readSeconds),
    statement: await cost(
      () => queries.statement({ ...page, after: anyPosition() }),
      1,
      readSeconds,
    ),
    hot: await cost(() => reserve(HOT_SKU), connections, seconds),
    spread: await cost(() => reserve(skuAt(anySku())), connections, seconds),
  };
  await open.close();
  return stage;
}

/** Microseconds of wall time per call. */
async function cost(
  call: () => Promise<unknown>,
  inFlight: number,
  seconds: number,
): Promise<number> {
  const { done, seconds: took } = await runClosedLoop(call, inFlight, seconds);
  return (took * 1e6) / done;
}
