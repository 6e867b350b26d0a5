import { createCursor, type Plan } from '../load/plan.ts';
import type { ServerProcess } from '../server/serverProcess.ts';
import type { Engines } from '../strategies/engines.ts';
import { explainedLines, explaining, plansIn, scannedTables } from './explain.ts';
import type { Size } from './history.ts';
import { WORKS } from './plans.ts';
import { startServer } from './startServer.ts';

/** Of each kind: after five executions a prepared statement may get a plan for any values. */
const REQUESTS = 7;

/**
 * Puts some requests of each kind to a server whose statements PostgreSQL explains.
 * @returns the plans of all of them, as lines for the docs
 */
export async function explainStatements(
  engines: Engines,
  folder: string,
  database: string,
  size: Size,
): Promise<string[]> {
  const before = engines.log();
  if (before === null) return ['no plans: the log of this PostgreSQL cannot be read'];
  const server = await startServer(folder, explaining(database));
  const logs: string[] = [];
  try {
    for (const work of WORKS) {
      await ask(server, work.plan(size));
      // What was logged before this answer is there after it; of the log only the newest part is kept.
      await engines.settle();
      logs.push(engines.log() ?? '');
    }
  } finally {
    await server.stop();
  }
  const plans = plansIn(logs.join('\n'));
  const scanned = plans.flatMap(scannedTables);
  const verdict =
    scanned.length === 0
      ? `reached  ${plans.length} statements, none of them reads a whole table that grows with history`
      : `MISSED   read from one end to the other: ${[...new Set(scanned)].join(', ')}`;
  return [verdict, ...plans.flatMap(explainedLines)];
}

async function ask({ url }: ServerProcess, plan: Plan): Promise<void> {
  const cursor = createCursor(plan);
  for (let i = 0; i < REQUESTS; i++) {
    const { method, path, body } = cursor.next();
    const type = body === null ? {} : { headers: { 'content-type': 'application/json' } };
    const response = await fetch(url + path, { method, body, ...type });
    cursor.answered(await response.text());
  }
}
