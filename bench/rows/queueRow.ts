import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { Bench, OpenRow, Row } from '../bench.ts';
import { openBareInserts } from '../inProcess/bareInserts.ts';
import { runClosedLoop } from '../inProcess/closedLoop.ts';
import { type OpenLedger, oneByOneFlags, openBenchLedger } from '../inProcess/openLedger.ts';
import type { Measurement, Role, Target } from '../measurement.ts';
import { sequence, skuAt } from '../stage.ts';

export interface QueueRow {
  readonly name: string;
  readonly title: string;
  /** How many SKUs are sold, each as often as the others. */
  readonly skus: number;
}

const ORIGIN = { actor: 'bench', requestId: 'bench-request-1' };

/** The queue in this process, without HTTP, beside the bare inserts of the same rows and one commit per command. */
export function queueRow(row: QueueRow): Row {
  return { name: row.name, title: row.title, open: (bench) => openQueueRow(row, bench) };
}

async function openQueueRow({ name, title, skus }: QueueRow, bench: Bench): Promise<OpenRow> {
  const folder = await mkdtemp(path.join(bench.folder, `${name}-`));
  const queue = await openBenchLedger(path.join(folder, 'queue.db'));
  const oneByOne = await openBenchLedger(path.join(folder, 'one-by-one.db'), oneByOneFlags(1));
  const inserts = await openBareInserts(path.join(folder, 'inserts.db'), skus, bench.connections);
  return {
    targets: [
      inserts,
      ledgerTarget(title, 'ledger', queue, skus, bench.connections),
      ledgerTarget('one commit per command', 'other', oneByOne, skus, bench.connections),
    ],
    async close() {
      inserts.close();
      await queue.close();
      await oneByOne.close();
    },
  };
}

function ledgerTarget(
  label: string,
  role: Role,
  open: OpenLedger,
  skus: number,
  inFlight: number,
): Target {
  const next = sequence(skus);
  const call = async (): Promise<void> => {
    const items = [{ command: open.reserve([skuAt(next())]) }];
    await open.ledger.submit({ ...ORIGIN, items });
  };
  return { label, role, run: (seconds) => runLedger(open, call, inFlight, seconds) };
}

async function runLedger(
  { counter }: OpenLedger,
  call: () => Promise<void>,
  inFlight: number,
  seconds: number,
): Promise<Measurement> {
  const { commits, commands, refused } = counter;
  const cpuBefore = process.cpuUsage();
  const loop = await runClosedLoop(call, inFlight, seconds);
  const { user, system } = process.cpuUsage(cpuBefore);
  const made = counter.commands - commands;
  return {
    requestsPerS: loop.done / loop.seconds,
    commandsPerS: made / loop.seconds,
    p50Ms: loop.p50Ms,
    p99Ms: loop.p99Ms,
    commitsPerS: (counter.commits - commits) / loop.seconds,
    commandsPerCommit: made / (counter.commits - commits),
    cpuCores: (user + system) / 1e6 / loop.seconds,
    cpuUsPerRequest: (user + system) / loop.done,
    failures: counter.refused - refused,
  };
}
