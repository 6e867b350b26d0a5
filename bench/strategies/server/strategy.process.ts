import { randomBytes } from 'node:crypto';
import { Pool } from 'pg';
import { readConfig } from '../../../src/config.ts';
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
import { openStrategy } from './strategies.ts';
import { type FindLevel, strategyLedger } from './strategyLedger.ts';
import { addTrafficRoute } from './trafficRoute.ts';

// Holdfast's own HTTP server before one of the other strategies. The only argument is a `StrategyTask` as JSON.

const STDERR = 2;
const NODE = 'bench';
const VERSION = 'bench';
const FIND_LEVEL = 'SELECT id FROM level_ids WHERE sku = $1 AND location = $2';

const [text = ''] = process.argv.slice(2);
const task: StrategyTask = JSON.parse(text);
countTraffic();
let retries = 0;
const strategy = openStrategy(task.strategy, { ...task, onRetry: () => (retries += 1) });
const lookups = new Pool({ connectionString: task.database, max: 1 });
const { logger } = createLogger({ level: 'error', fd: STDERR });
const app = await createHttpServer({
  ledger: strategyLedger(strategy, findLevel),
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

async function findLevel(...[sku, location]: Parameters<FindLevel>): Promise<number | undefined> {
  const { rows } = await lookups.query<{ id: number }>(FIND_LEVEL, [sku, location]);
  return rows[0]?.id;
}

async function close(): Promise<void> {
  await app.close();
  await strategy.close();
  await lookups.end();
}

/** A part of the product that no request of the bench needs. */
function absent<Part extends object>(name: string): Part {
  return new Proxy({} as Part, {
    get(_, member) {
      throw new Error(`the bench has no ${name}.${String(member)}`);
    },
  });
}
