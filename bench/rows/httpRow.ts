import type { Bench, OpenRow, Row } from '../bench.ts';
import { oneByOneFlags } from '../inProcess/openLedger.ts';
import { type Plan, withPrefix } from '../load/plan.ts';
import type { Role, Target } from '../measurement.ts';
import { learnReplies } from '../server/learnReplies.ts';
import type { ServerProcess } from '../server/serverProcess.ts';
import { TWIN_PREFIX } from '../server/twins.ts';
import { httpTarget } from './httpTarget.ts';
import { RowServers } from './rowServers.ts';

export interface HttpRow {
  readonly name: string;
  readonly title: string;
  /** Fixed for this row; else what the command line says. */
  readonly connections?: number;
  readonly plan: () => Plan;
  /** Lines of one command, to show the same work with one commit for each; absent where a command is many already. */
  readonly linesOfCommand?: number;
  /** What the like empty request is called. */
  readonly like: string;
}

/** A row of requests to a server, beside its like empty request, the bare one, and one commit per command. */
export function httpRow(row: HttpRow): Row {
  return { name: row.name, title: row.title, open: (bench) => openHttpRow(row, bench) };
}

async function openHttpRow(row: HttpRow, bench: Bench): Promise<OpenRow> {
  const servers = new RowServers(bench);
  const close = () => servers.stopAll();
  try {
    return { targets: await openTargets(row, bench, servers), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openTargets(row: HttpRow, bench: Bench, servers: RowServers): Promise<Target[]> {
  const { connections = bench.connections, like, title } = row;
  const plan = row.plan();
  const ledger = await servers.startLedger();
  const replies = await learnReplies(ledger.url, plan);
  await ledger.learn(replies);
  const bare = await servers.startBare(replies);
  const target = (label: string, role: Role, server: ServerProcess, sent = plan) =>
    httpTarget({ label, role, server, plan: sent, connections, bench });
  const targets = [
    target('bare Fastify, no logging', 'bare', bare),
    target(like, 'like', ledger, withPrefix(plan, TWIN_PREFIX)),
    target(title, 'ledger', ledger),
  ];
  if (row.linesOfCommand === undefined) return targets;
  const oneByOne = await servers.startLedger(oneByOneFlags(row.linesOfCommand));
  return [...targets, target('one commit per command', 'other', oneByOne)];
}
