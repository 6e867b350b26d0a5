import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { ServerProcess } from '../server/serverProcess.ts';
import type { HoldfastTask } from '../strategies/contender.ts';
import { HOLDFAST_SERVER } from '../strategies/contenders.ts';

/** Starts Holdfast on a database as it is. */
export async function startServer(folder: string, database: string): Promise<ServerProcess> {
  const shelves = { measurements: 0, skus: 0, units: 0, warmUpUnits: 0 };
  const task: HoldfastTask = { flags: { database }, shelves };
  const own = await mkdtemp(path.join(folder, 'ledger-'));
  const args = [JSON.stringify(task)];
  return ServerProcess.start({ script: HOLDFAST_SERVER, args, folder: own });
}
