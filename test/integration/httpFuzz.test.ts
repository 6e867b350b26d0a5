import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, stock, type TestServer } from '../support/httpServer.ts';

let server: TestServer;

beforeAll(async () => {
  server = await openServer();
  await stock(server.call, 'a', 1_000);
});
afterAll(() => server.close());

const ROUTES = [
  '/v1/movements',
  '/v1/reservations',
  '/v1/reservations/019c1f9e-6c00-7000-8000-000000000001/confirm',
  '/v1/reservations/019c1f9e-6c00-7000-8000-000000000001/extend',
  '/v1/transfers',
  '/v1/transfers/019c1f9e-6c00-7000-8000-000000000001/receive',
  '/v1/batch',
];

const scalar = fc.oneof(
  fc.constantFrom<unknown>('a', 'north', '', ' ', '\u0000', 0, 1, -1, 1.5, 1e300, true, null),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer(),
);

/** Bodies that are nearly right: known members, with values that may be anything. */
const nearly = fc.letrec((tie) => ({
  body: fc.dictionary(
    fc.constantFrom(
      'type',
      'sku',
      'location',
      'quantity',
      'lines',
      'commands',
      'metadata',
      'ttlSeconds',
      'reason',
      'reference',
      'id',
      'from',
      'to',
      'atomic',
      'occurredAt',
      'constructor',
    ),
    tie('value'),
  ),
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('receive', 'adjust', 'reserve', 'confirm', '2026-01-01T00:00:00Z'),
    scalar,
    fc.array(tie('body'), { maxLength: 3 }),
    tie('body'),
  ),
})).body;

const HANDLED = [200, 201, 400, 404, 409];

describe('whatever is sent', () => {
  it('as a body is answered, and never with a mistake of the server', async () => {
    const body = fc.oneof(nearly, fc.jsonValue(), fc.anything());
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ROUTES), body, async (route, value) => {
        const sent = asJson(value);
        const answer = await server.call('POST', route, sent);
        expect(HANDLED, answer.text).toContain(answer.status);
      }),
      { numRuns: 1_500 },
    );
  });

  it('in a path or a query is answered, and never with a mistake of the server', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a', '%', '..', '1', '__proto__'),
    );
    const name = fc.constantFrom(
      'sku',
      'location',
      'asOf',
      'limit',
      'cursor',
      'query',
      'after',
      'type',
      'from',
    );
    const path = fc.constantFrom(
      'stock',
      'products',
      'events',
      'demand',
      'availability',
      'stock/a/north',
    );
    await fc.assert(
      fc.asyncProperty(path, text, name, text, async (list, step, parameter, value) => {
        const query = `${parameter}=${escaped(value)}`;
        for (const url of [`/v1/${list}?${query}`, `/v1/${list}/${escaped(step)}?${query}`]) {
          const answer = await server.call('GET', url);
          expect(HANDLED, `${url} ${answer.text}`).toContain(answer.status);
        }
      }),
      { numRuns: 700 },
    );
  });
});

/** What JSON cannot say is sent as nothing. */
function asJson(value: unknown): unknown {
  try {
    return JSON.stringify(value) === undefined ? null : value;
  } catch {
    return null;
  }
}

function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
