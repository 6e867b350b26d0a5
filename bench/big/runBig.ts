import type { Bench } from '../bench.ts';
import { compare, type RowOfFigures, type Target } from '../measurement.ts';
import { httpTarget } from '../rows/httpTarget.ts';
import type { ServerProcess } from '../server/serverProcess.ts';
import { type Engines, openEngines } from '../strategies/engines.ts';
import { type Column, decimals, renderTable, whole } from '../table.ts';
import { explainStatements } from './explainStatements.ts';
import { fillLedger } from './fill.ts';
import type { Size } from './history.ts';
import { LEVELS_ASKED, WORKS, type Work } from './plans.ts';
import { startServer } from './startServer.ts';

/** Events of each level, in both ledgers. */
const EVENTS_PER_LEVEL = 20;
const PRODUCTS_PER_LOCATION_MAX = 10_000;

/** How fast the large ledger is to be, of the small one. */
const WANTED = 0.8;

const COLUMNS: readonly Column<RowOfFigures>[] = [
  { heading: '', cell: (row) => row.label, isText: true },
  { heading: 'requests/s', cell: ({ figures }) => whole(figures.requestsPerS) },
  { heading: 'of small', cell: ({ ofLike }) => decimals(ofLike, 2) },
  { heading: 'p50 ms', cell: ({ figures }) => decimals(figures.p50Ms, 1) },
  { heading: 'p99 ms', cell: ({ figures }) => decimals(figures.p99Ms, 1) },
  { heading: 'per commit', cell: ({ figures }) => decimals(figures.commandsPerCommit, 1) },
  { heading: 'failed', cell: ({ figures }) => whole(figures.failures) },
];

export interface BigRequest {
  readonly events: number;
  /** The address of a PostgreSQL to use; else one is started. */
  readonly database?: string | undefined;
  readonly print: (lines: readonly string[]) => void;
}

/** A ledger that is served. */
interface Served {
  readonly size: Size;
  readonly database: string;
  readonly server: ServerProcess;
}

/** Shows that a server does the same work on a large ledger as on a small one, and how PostgreSQL finds its rows there. */
export async function runBig(bench: Bench, request: BigRequest): Promise<void> {
  const { print } = request;
  const engines = await openEngines(bench.folder, request.database);
  const served: Served[] = [];
  try {
    print([`PostgreSQL      ${engines.postgresVersion}`, '']);
    for (const size of [smallSize(), sizeFor(request.events)]) {
      served.push(await fillAndServe(engines, bench, size, print));
    }
    const rows = await compareAll(served, bench, print);
    print(['', verdictOf(rows)]);
    const [, big] = served;
    if (big) print(await explainStatements(engines, bench.folder, big.database, big.size));
  } finally {
    for (const { server } of served) await server.stop();
    await engines.close();
  }
}

function smallSize(): Size {
  return { products: LEVELS_ASKED, locations: 1, events: LEVELS_ASKED * EVENTS_PER_LEVEL };
}

function sizeFor(events: number): Size {
  const levels = Math.ceil(events / EVENTS_PER_LEVEL);
  const products = Math.min(levels, PRODUCTS_PER_LOCATION_MAX);
  return { products, locations: Math.ceil(levels / products), events };
}

async function fillAndServe(
  engines: Engines,
  { folder }: Bench,
  size: Size,
  print: BigRequest['print'],
): Promise<Served> {
  const database = await engines.createDatabase();
  const startedAt = performance.now();
  // A server makes the schema; it must not run while indexes are missing.
  await (await startServer(folder, database)).stop();
  const events = await fillLedger(database, size);
  await engines.settle();
  const seconds = (performance.now() - startedAt) / 1_000;
  const levels = size.products * size.locations;
  print([
    `made            ${whole(levels)} levels, ${whole(events)} events in ${whole(seconds)} s`,
  ]);
  return { size, database, server: await startServer(folder, database) };
}

async function compareAll(
  served: readonly Served[],
  bench: Bench,
  print: BigRequest['print'],
): Promise<RowOfFigures[]> {
  const large: RowOfFigures[] = [];
  for (const work of WORKS) {
    const targets = served.map((each, i) => targetOf(each, work, bench, i === 0));
    const rows = await compare(targets, bench);
    print(['', work.title, ...renderTable(COLUMNS, rows)]);
    large.push(...rows.slice(1).map((row) => ({ ...row, label: work.title })));
  }
  return large;
}

/** The small ledger stands where a row of the bench has its like empty request. */
function targetOf({ size, server }: Served, work: Work, bench: Bench, isSmall: boolean): Target {
  return httpTarget({
    label: `${whole(size.events)} events`,
    role: isSmall ? 'like' : 'ledger',
    server,
    plan: work.plan(size),
    connections: bench.connections,
    bench,
  });
}

function verdictOf(rows: readonly RowOfFigures[]): string {
  const slower = rows.filter(({ ofLike }) => (ofLike ?? 0) < WANTED);
  if (slower.length === 0)
    return `reached  all of it at ${WANTED} of the small one's speed or better`;
  return `MISSED   below ${WANTED} of the small one's speed: ${slower.map(({ label }) => label).join('; ')}`;
}
