import { openMemoryStorage } from '../../simulator/memoryStorage/open.ts';
import { emptyTables } from '../../simulator/memoryStorage/tables.ts';
import { createFeed } from '../../src/feed/createFeed.ts';
import type { App } from '../../src/http/fastify.ts';
import type { HttpParts, HttpSettings } from '../../src/http/parts.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createLedger } from '../../src/ledger/createLedger.ts';
import { createIds } from '../../src/ledger/ids.ts';
import { createLoggerOn } from '../../src/observability/logger.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { createPlaceFinder } from '../../src/queries/places.ts';
import { createQueries } from '../../src/queries/queries.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { checkAgainstOpenApi } from './openApiCheck.ts';
import { SETTINGS } from './testLedger.ts';

export interface TestServer {
  readonly app: App;
  readonly parts: HttpParts;
  /** Log lines so far, parsed. */
  readonly log: { readonly [member: string]: unknown }[];
  readonly call: Call;
  close(): Promise<void>;
}

export type Call = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'PATCH' | 'OPTIONS',
  url: string,
  body?: unknown,
  headers?: { readonly [name: string]: string },
) => Promise<Reply>;

export interface Reply {
  readonly status: number;
  readonly headers: { readonly [name: string]: unknown };
  readonly text: string;
  readonly body: Body;
}

/** What came back, to be looked into; empty when it was not JSON. */
export interface Body {
  readonly [name: string]: unknown;
}

export interface TestServerOptions {
  readonly settings?: Partial<HttpSettings>;
  readonly parts?: Partial<HttpParts>;
  readonly heartbeatMs?: number;
}

/** The whole HTTP edge on a real ledger and the in-memory engine, in this process. */
export async function openServer(options: TestServerOptions = {}): Promise<TestServer> {
  const runtime = createRuntime();
  const log: TestServer['log'] = [];
  const logger = createLoggerOn({ write: (line) => log.push(JSON.parse(line)) }, 'info');
  const storage = openMemoryStorage({ tables: emptyTables('test'), clock: runtime.clock });
  const metrics = createMetrics({ version: '1.2.3', node: 'test', commitFailed: () => undefined });
  const ledger = createLedger({
    ...runtime,
    store: storage.ledger,
    finder: createPlaceFinder(storage.queries),
    observer: metrics.ledger,
    // A busy machine may hold up this process for seconds, and what comes then is not to be turned away.
    settings: { ...SETTINGS, queueWaitMaxMs: 60_000 },
  });
  const { heartbeatMs = 15_000 } = options;
  const feed = createFeed({ ...runtime, store: storage.queries, ledger }, { heartbeatMs });
  const parts: HttpParts = {
    ledger,
    queries: createQueries({ store: storage.queries, ledger }),
    feed,
    newId: createIds(runtime.clock, runtime.random),
    settings: { apiKeys: [], requestLog: true, ...options.settings },
    logger,
    metrics,
    readiness: () => ({ ready: true, reasons: [] }),
    node: 'test',
    version: '1.2.3',
    ...options.parts,
  };
  metrics.watch({
    queueLength: () => ledger.queueLength,
    headPosition: async () => (await storage.queries.head()).position,
    feedStatus: () => feed.status(),
    isReady: () => parts.readiness().ready,
  });
  const app = await createHttpServer(parts);
  return {
    app,
    parts,
    log,
    call: caller(app),
    async close() {
      await app.close();
      await ledger.close();
      await storage.close();
    },
  };
}

function caller(app: App): Call {
  const check = checkAgainstOpenApi(app);
  return async (method, url, body, headers = {}) => {
    const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await app.inject({
      method,
      url,
      headers: { host: 'localhost', ...type, ...headers },
      ...payload,
    });
    const { statusCode: status, body: text } = answer;
    const contentType = String(answer.headers['content-type'] ?? '');
    check({ method, url, status, contentType, text });
    const isJson = text !== '' && contentType.includes('json');
    const parsed: Body = isJson ? JSON.parse(text) : {};
    return { status, headers: answer.headers, text, body: parsed };
  };
}

/** A product, a location `north`, and stock of the product there. */
export async function stock(call: Call, sku: string, quantity: number): Promise<void> {
  const product = encodeURIComponent(sku);
  await call('PUT', `/v1/products/${product}`, { name: sku });
  await call('PUT', '/v1/locations/north', { name: 'North', kind: 'store' });
  await call('POST', '/v1/movements', { type: 'receive', sku, location: 'north', quantity });
}
