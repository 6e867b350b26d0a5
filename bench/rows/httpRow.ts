import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FlagValues } from '../../src/config.ts';
import type { Bench, OpenRow, Row } from '../bench.ts';
import { ONE_BY_ONE } from '../inProcess/openLedger.ts';
import { type Plan, withPrefix } from '../load/plan.ts';
import type { Role, Target } from '../measurement.ts';
import { learnReplies } from '../server/learnReplies.ts';
import type { ServerStart } from '../server/serverProcess.ts';
import { ServerProcess } from '../server/serverProcess.ts';
import { TWIN_PREFIX } from '../server/twins.ts';
import { httpTarget } from './httpTarget.ts';

export interface HttpRow {
  readonly name: string;
  readonly title: string;
  /** Fixed for this row; else what the command line says. */
  readonly connections?: number;
  readonly plan: () => Plan;
  /** Whether to show the same work with one commit per command. */
  readonly oneByOne: boolean;
  /** What the like empty request is called. */
  readonly like: string;
}

/** A row of requests to a server, beside its like empty request, the bare one, and one commit per command. */
export function httpRow(row: HttpRow): Row {
  return { name: row.name, title: row.title, open: (bench) => openHttpRow(row, bench) };
}

async function openHttpRow(row: HttpRow, bench: Bench): Promise<OpenRow> {
  const servers: ServerProcess[] = [];
  const start = async (options: Omit<ServerStart, 'folder'>): Promise<ServerProcess> => {
    const server = await ServerProcess.start({ ...options, folder: bench.folder });
    servers.push(server);
    return server;
  };
  const startLedger = async (flags: FlagValues = {}): Promise<ServerProcess> => {
    const folder = await mkdtemp(path.join(bench.folder, `${row.name}-`));
    const args = [JSON.stringify({ ...flags, database: `sqlite:${folder}/holdfast.db` })];
    const nodeFlags = profiling(bench.profileFolder);
    return start({ script: './ledger.process.ts', args, nodeFlags });
  };
  const close = async () => {
    for (const server of servers) await server.stop();
  };
  try {
    return { targets: await openTargets(row, bench, start, startLedger), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openTargets(
  row: HttpRow,
  bench: Bench,
  start: (options: Omit<ServerStart, 'folder'>) => Promise<ServerProcess>,
  startLedger: (flags?: FlagValues) => Promise<ServerProcess>,
): Promise<Target[]> {
  const connections = row.connections ?? bench.connections;
  const plan = row.plan();
  const ledger = await startLedger();
  const replies = await learnReplies(ledger.url, plan);
  await ledger.learn(replies);
  const file = path.join(bench.folder, `${row.name}-replies.json`);
  await writeFile(file, JSON.stringify(replies));
  const bare = await start({ script: './bare.process.ts', args: [file] });
  const target = (label: string, role: Role, server: ServerProcess, sent = plan) =>
    httpTarget({ label, role, server, plan: sent, connections, bench });
  const targets = [
    target('bare Fastify, no logging', 'bare', bare),
    target(row.like, 'like', ledger, withPrefix(plan, TWIN_PREFIX)),
    target(row.title, 'ledger', ledger),
  ];
  if (!row.oneByOne) return targets;
  const oneByOne = await startLedger(ONE_BY_ONE);
  return [...targets, target('one commit per command', 'other', oneByOne)];
}

function profiling(folder: string | undefined): string[] {
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}
