import { createCursor } from '../load/plan.ts';
import type { ServerProcess } from '../server/serverProcess.ts';
import type { Engines } from '../strategies/engines.ts';
import { explainedLines, explaining, plansIn, scannedTables } from './explain.ts';
import type { Size } from './history.ts';
import { WORKS } from './plans.ts';
import { startServer } from './startServer.ts';

/** Requests of each kind: after five executions a prepared statement may get a plan for any values. */
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
  try {
    await askAll(server, size);
  } finally {
    await server.stop();
  }
  const plans = plansIn(engines.log() ?? '');
  const scanned = plans.flatMap(scannedTables);
  const verdict =
    scanned.length === 0
      ? `reached  ${plans.length} statements, none of them reads a whole table that grows with history`
      : `MISSED   read from one end to the other: ${[...new Set(scanned)].join(', ')}`;
  return [verdict, ...plans.flatMap(explainedLines)];
}

async function askAll({ url }: ServerProcess, size: Size): Promise<void> {
  for (const work of WORKS) {
    const cursor = createCursor(work.plan(size));
    for (let i = 0; i < REQUESTS; i++) {
      const { method, path, body } = cursor.next();
      const type = body === null ? {} : { headers: { 'content-type': 'application/json' } };
      const response = await fetch(url + path, { method, body, ...type });
      cursor.answered(await response.text());
    }
  }
}
