import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { readConfig } from '../../src/config.ts';
import type { ReserveCommand } from '../../src/domain/commands.ts';
import type { Strategy } from '../../src/domain/sourcing/sourcing.ts';
import { createIds } from '../../src/ledger/ids.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { NO_OBSERVER } from '../../src/ledger/observer.ts';
import { openLedger } from '../../src/start/ledger.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openStorage } from '../../src/start/storage.ts';
import { HUB_ENGINES, openHubEngine } from '../chain/hubEngines.ts';
import { runClosedLoop } from '../inProcess/closedLoop.ts';
import { CommitCounter } from '../server/commitCounter.ts';
import { median } from '../statistics.ts';
import { countTraffic, traffic } from '../strategies/server/counting.ts';
import { type Column, decimals, renderTable, whole } from '../table.ts';
import { fillPlaces, type Kind, namedOrders, openOrders, PLACES, PLACES_MANY } from './places.ts';

export interface SourcingRequest {
  readonly folder: string;
  readonly seconds: number;
  readonly rounds: number;
  readonly print: (lines: readonly string[]) => void;
}

/** Buyers who each wait for their answer. */
const IN_FLIGHT = 64;

interface Case {
  readonly label: string;
  readonly next: () => ReserveCommand;
}

/** Of one order. */
interface Figures {
  readonly label: string;
  readonly aSecond: number;
  readonly cpuUs: number;
  readonly databaseCpuUs: number;
  readonly statements: number;
  readonly commits: number;
  /** Of all orders, the part that was refused. */
  readonly refused: number;
}

const COLUMNS: readonly Column<Figures>[] = [
  { heading: '', cell: ({ label }) => label, isText: true },
  { heading: 'CPU µs', cell: ({ cpuUs }) => whole(cpuUs) },
  { heading: 'database CPU µs', cell: ({ databaseCpuUs }) => whole(databaseCpuUs) },
  { heading: 'a second', cell: ({ aSecond }) => whole(aSecond) },
  { heading: 'statements', cell: ({ statements }) => decimals(statements, 3) },
  { heading: 'commits', cell: ({ commits }) => decimals(commits, 3) },
  { heading: 'refused', cell: ({ refused }) => decimals(refused, 2) },
];

/**
 * What it costs to choose the place in the commit: orders that leave it open beside orders that name it, in turns, on
 * SQLite and on PostgreSQL, in this process without HTTP. Figures are those of one order, medians of the rounds.
 */
export async function runSourcing(request: SourcingRequest): Promise<void> {
  countTraffic();
  for (const name of HUB_ENGINES) {
    const engine = await openHubEngine(name);
    try {
      const folder = await mkdtemp(path.join(request.folder, 'sourcing-'));
      const database = await engine.create(folder);
      const rows = await measureAll(database, request);
      request.print(['', engine.name, '', ...renderTable(COLUMNS, rows)]);
    } finally {
      await engine.close();
    }
  }
}

interface Database {
  readonly url: string;
  cpuMs(): number;
}

async function measureAll(database: Database, request: SourcingRequest): Promise<Figures[]> {
  const runtime = createRuntime();
  const config = readConfig({ database: database.url, queueWaitMaxMs: '60000' }, {});
  const storage = await openStorage({ config, machine: runtime });
  // On a busy machine a look for due holds may fail; the next one does not.
  const counter = new CommitCounter(NO_OBSERVER);
  const ledger = openLedger(runtime, storage, config, counter);
  try {
    await fillPlaces(ledger);
    const cases = casesWith(createIds(runtime.clock, runtime.random));
    const seen = cases.map((): Figures[] => []);
    for (let round = 0; round <= request.rounds; round++) {
      for (const [i, one] of cases.entries()) {
        const figures = await measure({ ledger, counter, database }, one, request.seconds);
        // What is compiled and cached only now is no cost of an order.
        if (round > 0) seen[i]?.push(figures);
      }
    }
    return seen.map(medians);
  } finally {
    await ledger.close();
    await storage.close();
  }
}

function casesWith(nextId: () => string): readonly Case[] {
  const open = (kind: Kind, products: number, strategy: Strategy) =>
    openOrders(kind, products, strategy, nextId);
  return [
    { label: 'one line, place named', next: namedOrders(1, nextId) },
    { label: 'one line, `fewest_parcels` from any', next: open('some', 1, 'fewest_parcels') },
    { label: 'one line, `nearest` from any', next: open('some', 1, 'nearest') },
    { label: 'the same, all of one product', next: open('hot', 1, 'nearest') },
    { label: `one line, refused by all ${PLACES}`, next: open('gone', 1, 'fewest_parcels') },
    { label: 'five lines, places named', next: namedOrders(5, nextId) },
    { label: 'five lines, `fewest_parcels` from any', next: open('some', 5, 'fewest_parcels') },
    {
      label: `one line, \`nearest\` of ${whole(PLACES_MANY)}`,
      next: open('everywhere', 1, 'nearest'),
    },
    {
      label: `one line, refused by all ${whole(PLACES_MANY)}`,
      next: open('goneEverywhere', 1, 'fewest_parcels'),
    },
  ];
}

interface Measured {
  readonly ledger: Ledger;
  readonly counter: CommitCounter;
  readonly database: Database;
}

async function measure(
  { ledger, counter, database }: Measured,
  { label, next }: Case,
  seconds: number,
): Promise<Figures> {
  const { commits, refused } = counter;
  const { statements } = traffic();
  const databaseMs = database.cpuMs();
  const cpu = process.cpuUsage();
  const call = () =>
    ledger.submit({ actor: 'bench', requestId: 'order', items: [{ command: next() }] });
  const loop = await runClosedLoop(call, IN_FLIGHT, seconds);
  const { user, system } = process.cpuUsage(cpu);
  return {
    label,
    aSecond: loop.done / loop.seconds,
    cpuUs: (user + system) / loop.done,
    databaseCpuUs: ((database.cpuMs() - databaseMs) * 1_000) / loop.done,
    statements: (traffic().statements - statements) / loop.done,
    commits: (counter.commits - commits) / loop.done,
    refused: (counter.refused - refused) / loop.done,
  };
}

function medians(rounds: readonly Figures[]): Figures {
  const of = (pick: (figures: Figures) => number) => median(rounds.map(pick));
  return {
    label: rounds[0]?.label ?? '',
    aSecond: of(({ aSecond }) => aSecond),
    cpuUs: of(({ cpuUs }) => cpuUs),
    databaseCpuUs: of(({ databaseCpuUs }) => databaseCpuUs),
    statements: of(({ statements }) => statements),
    commits: of(({ commits }) => commits),
    refused: of(({ refused }) => refused),
  };
}
