import type { Bench } from '../bench.ts';
import type { LoadResult } from '../load/loadGenerator.ts';
import type { Plan } from '../load/plan.ts';
import type { Measurement, Role, Target } from '../measurement.ts';
import type { ServerFigures } from '../server/messages.ts';
import type { ServerProcess } from '../server/serverProcess.ts';

export interface HttpTarget {
  readonly label: string;
  readonly role: Role;
  readonly server: ServerProcess;
  readonly plan: Plan;
  readonly connections: number;
  readonly bench: Bench;
}

/** A plan that is played against a server. */
export function httpTarget(target: HttpTarget): Target {
  const { label, role } = target;
  return { label, role, run: (seconds) => play(target, seconds) };
}

async function play(target: HttpTarget, seconds: number): Promise<Measurement> {
  const { server, plan, connections, bench } = target;
  const before = await server.figures();
  const load = { url: server.url, connections, seconds, folder: bench.folder };
  const result = await bench.generator.run(plan, load);
  return measurementOf(result, before, await server.figures());
}

function measurementOf(
  { requests, seconds, failures, p50Ms, p99Ms }: LoadResult,
  before: ServerFigures,
  after: ServerFigures,
): Measurement {
  const commits = after.commits - before.commits;
  const commands = after.commands - before.commands;
  const cpuMs = after.cpuMs - before.cpuMs;
  const writes = commands > 0;
  return {
    requestsPerS: requests / seconds,
    commandsPerS: writes ? commands / seconds : null,
    p50Ms,
    p99Ms,
    commitsPerS: writes ? commits / seconds : null,
    commandsPerCommit: writes ? commands / commits : null,
    cpuCores: cpuMs / 1_000 / seconds,
    cpuUsPerRequest: (cpuMs * 1_000) / requests,
    failures,
  };
}
