import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { readConfig } from '../../../src/config.ts';
import { levelKey } from '../../../src/domain/stock.ts';
import type { HttpParts } from '../../../src/http/parts.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import { createIds } from '../../../src/ledger/ids.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { listen } from '../../../src/start/listen.ts';
import { answerParent } from '../../server/answerParent.ts';
import { NO_COMMITS, processFigures } from '../../server/messages.ts';
import type { StrategyTask } from '../contender.ts';
import { countTraffic } from './counting.ts';
import { NUMBERS } from './database.ts';
import { openStrategy } from './strategies.ts';
import { type LevelNumbers, strategyLedger } from './strategyLedger.ts';
import { addTrafficRoute } from './trafficRoute.ts';

// Holdfast's own HTTP server before one of the other strategies. The only argument is a `StrategyTask` as JSON.

const STDERR = 2;
const NODE = 'bench';
const VERSION = 'bench';
const READ_LEVELS = 'SELECT id, sku, location FROM level_ids';

const [text = ''] = process.argv.slice(2);
const task: StrategyTask = JSON.parse(text);
countTraffic();
let retries = 0;
const strategy = openStrategy(task.strategy, { ...task, onRetry: () => (retries += 1) });
const { logger } = createLogger({ level: 'error', fd: STDERR });
const app = await createHttpServer({
  ledger: strategyLedger(strategy, await readLevelNumbers(task.database)),
  queries: absent<HttpParts['queries']>('queries'),
  feed: absent<HttpParts['feed']>('feed'),
  newId: createIds({ now: Date.now }, { fraction: Math.random, bytes: randomBytes }),
  settings: { apiKeys: [], requestLog: false },
  logger,
  metrics: createMetrics({ version: VERSION, node: NODE, commitFailed: () => undefined }),
  readiness: () => ({ ready: true, reasons: [] }),
  node: NODE,
  version: VERSION,
  extend: (guarded) => addTrafficRoute(guarded, () => retries),
});
answerParent({
  url: await listen(app, readConfig({ port: '0' }, {})),
  figures: () => processFigures(NO_COMMITS),
  learn: () => undefined,
  stop: () => void close(),
});

async function readLevelNumbers(database: string): Promise<LevelNumbers> {
  const client = new Client({ connectionString: database, types: NUMBERS });
  await client.connect();
  const { rows } = await client.query<{ id: number; sku: string; location: string }>(READ_LEVELS);
  await client.end();
  return new Map(rows.map(({ id, sku, location }) => [levelKey(sku, location), id]));
}

async function close(): Promise<void> {
  await app.close();
  await strategy.close();
}

/** A part of the product that no request of the bench needs. */
function absent<Part extends object>(name: string): Part {
  return new Proxy({} as Part, {
    get(_, member) {
      throw new Error(`the bench has no ${name}.${String(member)}`);
    },
  });
}
