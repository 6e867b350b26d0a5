import { describe, expect, it, onTestFinished } from 'vitest';
import {
  AnswerTooLargeError,
  DrainingError,
  LedgerFrozenError,
  OutcomeUnknownError,
  OverloadedError,
  StoreConflictError,
  StoreRejectedError,
  StoreUnavailableError,
} from '../../src/ledger/errors.ts';
import { AbandonedError, type Ledger } from '../../src/ledger/ledger.ts';
import {
  openServer,
  stock,
  type TestServer,
  type TestServerOptions,
} from '../support/httpServer.ts';

async function open(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await openServer(options);
  onTestFinished(() => server.close());
  return server;
}

const ORDER = { lines: [{ sku: 'a', location: 'north', quantity: 1 }] };

describe('a server without keys', () => {
  it.each(['localhost', 'LOCALHOST:8080', '127.0.0.1:1', '127.1.2.3', '[::1]', '[::1]:8080'])(
    'answers to %s',
    async (host) => {
      const { call } = await open();
      expect((await call('GET', '/v1/products', undefined, { host })).status).toBe(200);
    },
  );

  it.each([
    'example.com',
    'localhost.example.com',
    '127.0.0.1.nip.io',
    '127.0.0.1.',
    '0.0.0.0',
    ' ',
  ])('does not answer to %j, but to whoever asks for its health', async (host) => {
    const { call } = await open();
    for (const path of ['/v1/products', '/metrics', '/docs', '/openapi.json', '/nothing']) {
      const answer = await call('GET', path, undefined, { host });
      expect([path, answer.status, answer.body['code']]).toEqual([path, 403, 'forbidden_host']);
    }
    expect((await call('GET', '/healthz', undefined, { host })).status).toBe(200);
  });

  it('writes down who says to be asking', async () => {
    const { call } = await open();
    await call('PUT', '/v1/products/a', { name: 'A' }, { 'x-actor': 'Ann (till 3)' });
    await call('PUT', '/v1/products/b', { name: 'B' });
    expect((await call('GET', '/v1/events')).body).toMatchObject({
      data: [{ actor: 'Ann (till 3)' }, { actor: 'anonymous' }],
    });
  });
});

describe('a server with keys', () => {
  const apiKeys = [
    { name: 'shop', secret: 'one' },
    { name: 'till', secret: 'two' },
  ];
  const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

  it('guards every route but health', async () => {
    const { call, app } = await open({ settings: { apiKeys } });
    await app.ready();
    const listed = app.swagger().paths ?? {};
    const paths = [
      ...Object.keys(listed),
      '/',
      '/docs',
      '/redoc',
      '/openapi.json',
      '/problems',
      '/x',
    ];
    const answers = paths.map(async (path) => [path, (await call('GET', path)).status]);
    const open_ = ['/healthz', '/readyz'];
    const expected = paths.map((path) => [path, open_.includes(path) ? 200 : 401]);
    expect(await Promise.all(answers)).toEqual(expected);
  });

  it.each([
    {},
    { authorization: 'Bearer three' },
    { authorization: 'Bearer ' },
    { authorization: 'one' },
    { authorization: 'Basic one' },
    { authorization: `Bearer one ${'x'.repeat(500)}` },
  ])('answers %j with what it wants', async (headers) => {
    const { call } = await open({ settings: { apiKeys } });
    const answer = await call('GET', '/v1/products', undefined, headers);
    expect(answer.body).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it('writes down the name of the key, and lets nobody name himself', async () => {
    const { call, log } = await open({ settings: { apiKeys } });
    const host = { host: 'inventory.example.com' };
    await call('PUT', '/v1/products/a', { name: 'A' }, { ...host, ...bearer('two') });
    expect((await call('GET', '/v1/events', undefined, bearer('one'))).body).toMatchObject({
      data: [{ actor: 'till' }],
    });
    const claim = (actor: string) =>
      call('GET', '/v1/products', undefined, { ...bearer('one'), 'x-actor': actor });
    expect((await claim('shop')).status).toBe(200);
    expect((await claim('boss')).body).toMatchObject({ code: 'invalid_request' });
    expect(JSON.stringify(log)).not.toMatch(/Bearer|"one"|"two"/);
  });
});

describe('what the ledger throws', () => {
  function failing(error: unknown): Partial<TestServerOptions> {
    const fail = () => Promise.reject(error);
    const ledger: Ledger = {
      submit: fail,
      settleTime: fail,
      now: fail,
      onCommit: () => () => undefined,
      close: () => Promise.resolve(),
    };
    return { parts: { ledger } };
  }

  it.each([
    [new OverloadedError(2_500), 503, 'overloaded', '3'],
    [new OverloadedError(1), 503, 'overloaded', '1'],
    [new AnswerTooLargeError(9), 413, 'answer_too_large', undefined],
    [new DrainingError(), 503, 'draining', '1'],
    [new StoreUnavailableError('secret path'), 503, 'unavailable', '1'],
    [new StoreConflictError('secret path'), 503, 'unavailable', '1'],
    [new LedgerFrozenError('moved'), 503, 'ledger_frozen', undefined],
    [new OutcomeUnknownError('secret path'), 503, 'outcome_unknown', '1'],
    [new StoreRejectedError('secret path'), 422, 'data_rejected', undefined],
    [new Error('secret path'), 500, 'internal_error', undefined],
    ['no error at all', 500, 'internal_error', undefined],
  ])('%s is answered %i %s', async (error, status, code, retryAfter) => {
    const { call } = await open(failing(error));
    const answer = await call('POST', '/v1/reservations', ORDER);
    expect(answer.body).toMatchObject({ status, code, type: `/problems/${code}` });
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect(answer.text).not.toContain('secret');
  });

  it('is logged whole when it was not foreseen, and only then', async () => {
    const { call, log } = await open(failing(new Error('secret path')));
    const answer = await call('POST', '/v1/reservations', ORDER);
    expect(log).toMatchObject([
      { level: 'error', requestId: answer.body['instance'], err: { message: 'secret path' } },
      { level: 'info', status: 500 },
    ]);
    const calm = await open(failing(new OverloadedError(1)));
    await calm.call('POST', '/v1/reservations', ORDER);
    expect(calm.log).toMatchObject([{ level: 'info', status: 503 }]);
  });

  it('says that the client has gone in the log only', async () => {
    const { call, log } = await open(failing(new AbandonedError()));
    expect((await call('POST', '/v1/reservations', ORDER)).text).toBe('');
    expect(log).toMatchObject([{ level: 'info', status: 499 }]);
  });
});

describe('a request', () => {
  it('has as long to arrive as the server says, and not the longer time of headers', async () => {
    const { server } = (await open()).app;
    expect([server.requestTimeout, server.headersTimeout]).toEqual([30_000, 30_000]);
  });

  it('has an id that is taken or made, logged and returned', async () => {
    const { call, log } = await open();
    const given = await call('GET', '/v1/products', undefined, { 'x-request-id': 'my-1' });
    expect(given.headers['x-request-id']).toBe('my-1');
    const made = await call('GET', '/v1/products', undefined, { 'x-request-id': 'x'.repeat(129) });
    expect(made.headers['x-request-id']).toMatch(/^[\w-]{8,20}$/);
    expect((await call('GET', '/v1/products')).headers['x-request-id']).not.toBe(
      made.headers['x-request-id'],
    );
    expect(log).toMatchObject([{ requestId: 'my-1' }, {}, {}]);
  });

  it('is logged in one line, by its route and not its path', async () => {
    const { call, log } = await open();
    await stock(call, 'a', 1);
    log.length = 0;
    await call('GET', '/v1/stock/a/north', undefined, { 'x-actor': 'ann' });
    await call('POST', '/v1/reservations', { lines: 'secret' });
    await call('GET', '/v1/secret');
    await call('GET', '/healthz');
    await call('HEAD', '/v1/products');
    await call('PATCH', '/v1/products');
    await call('GET', '/v1/products/%zz');
    await call('GET', '/docs/static/swagger-ui.css');
    const line = { level: 'info', address: '127.0.0.1', durationMs: expect.any(Number) };
    expect(log).toMatchObject([
      { ...line, method: 'GET', route: '/v1/stock/:sku/:location', status: 200, actor: 'ann' },
      { ...line, method: 'POST', route: '/v1/reservations', status: 400 },
      { ...line, method: 'GET', route: '(none)', status: 404 },
      { ...line, route: '/healthz', status: 200 },
      { ...line, method: 'HEAD', status: 200 },
      { ...line, method: 'PATCH', route: '(none)', status: 405 },
      { ...line, method: 'GET', route: '(none)', status: 400 },
      { ...line, method: 'GET', route: '/docs/static/*', status: 200 },
    ]);
    expect(JSON.stringify(log)).not.toContain('secret');
  });

  it('is not logged when that is switched off', async () => {
    const { call, log } = await open({ settings: { requestLog: false } });
    await call('GET', '/v1/products');
    expect(log).toEqual([]);
  });
});

describe('metrics', () => {
  it('count requests by route, and what the ledger did', async () => {
    const { call } = await open();
    await stock(call, 'a', 1);
    await call('POST', '/v1/reservations', ORDER);
    await call('POST', '/v1/reservations', ORDER);
    await call('POST', '/v1/movements', {
      type: 'sell',
      ...ORDER.lines[0],
      quantity: 5,
      allowShortfall: true,
    });
    await call('GET', '/v1/no-such-route');
    await call('OPTIONS', '/v1/no-such-route');
    await call('GET', '/v1/products/%zz');
    await call('HEAD', '/docs/static/swagger-ui.css');
    const { text, headers } = await call('GET', '/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = text.split('\n');
    const route = 'method="POST",route="/v1/reservations"';
    for (const line of [
      `holdfast_http_requests_total{${route},status="201"} 1`,
      `holdfast_http_requests_total{${route},status="409"} 1`,
      `holdfast_http_request_duration_seconds_count{${route}} 2`,
      `holdfast_http_request_duration_seconds_bucket{${route},le="+Inf"} 2`,
      'holdfast_http_requests_total{method="(any)",route="(none)",status="404"} 2',
      'holdfast_http_requests_total{method="(any)",route="(none)",status="400"} 1',
      'holdfast_http_requests_total{method="HEAD",route="/docs/static/*",status="200"} 1',
      'holdfast_refusals_total{code="insufficient_stock"} 1',
      'holdfast_shortfalls_total 1',
      'holdfast_head_position 5',
      'holdfast_queue_length 0',
      'holdfast_event_streams 0',
      'holdfast_ready 1',
      'holdfast_build_info{version="1.2.3",node="test"} 1',
    ]) {
      expect(lines).toContain(line);
    }
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('holdfast_commits_total');
    expect(text).not.toContain('no-such-route');
  });
});

describe('health', () => {
  it('is that of the process, and readiness says why not', async () => {
    const reasons: string[] = [];
    const readiness = () => ({ ready: reasons.length === 0, reasons });
    const { call } = await open({ parts: { readiness } });
    expect((await call('GET', '/readyz')).body).toEqual({ ready: true, reasons: [] });
    reasons.push('draining');
    const { status, body } = await call('GET', '/readyz');
    expect([status, body]).toEqual([503, { ready: false, reasons: ['draining'] }]);
    expect((await call('GET', '/healthz')).body).toEqual({ status: 'ok', version: '1.2.3' });
    expect((await call('GET', '/metrics')).text).toContain('\nholdfast_ready 0\n');
  });
});
