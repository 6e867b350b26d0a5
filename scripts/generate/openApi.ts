import { readFileSync } from 'node:fs';
import type { HttpParts } from '../../src/http/parts.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createLoggerOn } from '../../src/observability/logger.ts';
import { createMetrics } from '../../src/observability/metrics.ts';

/** The OpenAPI document as the server serves it. */
export async function openApiText(): Promise<string> {
  const server = await createHttpServer(idleParts());
  await server.ready();
  const document = server.swagger();
  await server.close();
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Parts for a server that is never asked anything. */
function idleParts(): HttpParts {
  const version = readVersion();
  const node = 'main';
  return {
    ledger: idle(['submit', 'settleTime', 'now', 'onCommit', 'close']),
    queries: idle([
      'stock',
      'stocks',
      'availability',
      'demand',
      'statement',
      'explain',
      'reservation',
      'reservations',
      'transfer',
      'transfers',
      'product',
      'products',
      'location',
      'locations',
      'node',
      'nodes',
    ]),
    feed: idle(['page', 'refusal', 'follow', 'status']),
    newId: unasked,
    settings: { apiKeys: [], requestLog: false },
    logger: createLoggerOn({ write: () => undefined }, 'silent'),
    metrics: createMetrics({ version, node, commitFailed: () => undefined }),
    readiness: () => ({ ready: true, reasons: [] }),
    node,
    version,
  };
}

function idle<const N extends string>(names: readonly N[]): Record<N, () => never> {
  const members = names.map((name) => [name, unasked] as const);
  return Object.fromEntries(members) as Record<N, () => never>;
}

function unasked(): never {
  throw new Error('this server only documents itself');
}

function readVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}
