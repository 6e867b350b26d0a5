import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openServer, stock, type TestServer } from '../support/httpServer.ts';

let server: TestServer;
let position: unknown;

const LINE = { sku: 'a', location: 'north', quantity: 1 };
const ORDER = { lines: [LINE] };
const MOVEMENT = { type: 'receive', ...LINE };
const ID = '019c1f9e-6c00-7000-8000-000000000001';
const LONE = '\\ud800';

beforeAll(async () => {
  server = await openServer();
  await stock(server.call, 'a', 10);
});
afterAll(() => server.close());
beforeEach(async () => {
  position = await headPosition();
});

async function headPosition(): Promise<unknown> {
  return (await server.call('GET', '/v1/events')).body['position'];
}

/** Sends a text as it is. */
async function send(method: 'POST' | 'PUT', url: string, payload: string, headers = {}) {
  const type = { host: 'localhost', 'content-type': 'application/json' };
  const answer = await server.app.inject({
    method,
    url,
    payload,
    headers: { ...type, ...headers },
  });
  return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(answer.body) };
}

async function expectProblem(
  answer: { status: number; headers: { [name: string]: unknown }; body: unknown },
  status: number,
  code: string,
): Promise<void> {
  expect([answer.status, answer.body]).toMatchObject([status, { code, status }]);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    type: `/problems/${code}`,
    title: expect.any(String),
    detail: expect.stringMatching(/./),
    instance: answer.headers['x-request-id'],
    retryable: expect.any(Boolean),
  });
  expect(await headPosition()).toBe(position);
}

describe('a bad value in a body', () => {
  type Row = [route: string, body: unknown, pointer: string, message: string];
  const with_ = (quantity: unknown) => ({ lines: [{ ...LINE, quantity }] });
  const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) });

  it.each<Row>([
    ['/v1/reservations', with_(1.5), '/lines/0/quantity', 'must be integer'],
    ['/v1/reservations', with_('1'), '/lines/0/quantity', 'must be integer'],
    ['/v1/reservations', with_(true), '/lines/0/quantity', 'must be integer'],
    ['/v1/reservations', with_(null), '/lines/0/quantity', 'must be integer'],
    ['/v1/reservations', with_([1]), '/lines/0/quantity', 'must be integer'],
    ['/v1/reservations', with_(0), '/lines/0/quantity', 'must be >= 1'],
    ['/v1/reservations', with_(-0), '/lines/0/quantity', 'must be >= 1'],
    ['/v1/reservations', with_(-1), '/lines/0/quantity', 'must be >= 1'],
    ['/v1/reservations', with_(1_000_000_001), '/lines/0/quantity', 'must be <= 1000000000'],
    ['/v1/reservations', with_(1e300), '/lines/0/quantity', 'must be <= 1000000000'],
    ['/v1/reservations', {}, '/lines', 'is required'],
    ['/v1/reservations', { lines: [] }, '/lines', 'must not have fewer than 1 items'],
    [
      '/v1/reservations',
      { lines: Array(2_001).fill(LINE) },
      '/lines',
      'must not have more than 2000 items',
    ],
    ['/v1/reservations', { lines: LINE }, '/lines', 'must be array'],
    ['/v1/reservations', [], '', 'must be object'],
    ['/v1/reservations', 'text', '', 'must be object'],
    ['/v1/reservations', { ...ORDER, foo: 1 }, '/foo', 'is not a known field'],
    [
      '/v1/reservations',
      { lines: [{ ...LINE, 'a/b': 1 }] },
      '/lines/0/a~1b',
      'is not a known field',
    ],
    [
      '/v1/reservations',
      { lines: [{ ...LINE, sku: 'x'.repeat(200) }] },
      '/lines/0/sku',
      'must have at most 128 characters',
    ],
    ['/v1/reservations', { lines: [{ ...LINE, sku: '' }] }, '/lines/0/sku', 'must not be empty'],
    [
      '/v1/reservations',
      { lines: [{ ...LINE, sku: ' a' }] },
      '/lines/0/sku',
      'must not begin or end with a blank',
    ],
    [
      '/v1/reservations',
      { lines: [{ ...LINE, sku: 'e\u0301' }] },
      '/lines/0/sku',
      'must be in Unicode normalisation form NFC',
    ],
    [
      '/v1/reservations',
      { lines: [{ ...LINE, sku: 'a\u0000' }] },
      '/lines/0/sku',
      'must not hold a control character',
    ],
    [
      '/v1/reservations',
      { lines: [{ ...LINE, sku: 'a\u007f' }] },
      '/lines/0/sku',
      'must not hold a control character',
    ],
    [
      '/v1/reservations',
      { lines: [{ ...LINE, location: '..' }] },
      '/lines/0/location',
      'must not be "." or ".."',
    ],
    [
      '/v1/reservations',
      { ...ORDER, reference: 'a\nb' },
      '/reference',
      'must not hold a control character',
    ],
    [
      '/v1/reservations',
      { ...ORDER, reference: 'x'.repeat(256) },
      '/reference',
      'must not have more than 255 characters',
    ],
    [
      '/v1/reservations',
      { ...ORDER, metadata: { a: ['\u0007'] } },
      '/metadata/a/0',
      'must not hold a control character',
    ],
    [
      '/v1/reservations',
      { ...ORDER, metadata: { 'a\u0007': 1 } },
      '/metadata/a\u0007',
      'must not hold a control character',
    ],
    ['/v1/reservations', { ...ORDER, metadata: [] }, '/metadata', 'must be object or null'],
    [
      '/v1/reservations',
      { ...ORDER, metadata: { a: 'x'.repeat(5_000) } },
      '/metadata',
      'must have at most 4096 bytes as JSON, and has 5008',
    ],
    [
      '/v1/reservations',
      { ...ORDER, metadata: deep(25) },
      '/metadata',
      'must not be nested deeper than 20 levels',
    ],
    ['/v1/reservations', { ...ORDER, ttlSeconds: 0 }, '/ttlSeconds', 'must be >= 1'],
    ['/v1/reservations', { ...ORDER, ttlSeconds: 86_401 }, '/ttlSeconds', 'must be <= 86400'],
    ['/v1/reservations', { ...ORDER, id: 'x' }, '/id', 'must be a UUID of version 7'],
    [
      '/v1/reservations',
      { ...ORDER, id: '8d1f3a52-52a5-4c2e-9d4e-0a57b0f3f0aa' },
      '/id',
      'must be a UUID of version 7',
    ],
    [
      '/v1/reservations',
      { ...ORDER, occurredAt: '2026-02-30T00:00:00Z' },
      '/occurredAt',
      'must be an RFC 3339 time',
    ],
    [
      '/v1/reservations',
      { ...ORDER, occurredAt: '2026-01-01T00:00:00' },
      '/occurredAt',
      'must be an RFC 3339 time',
    ],
    [`/v1/reservations/${ID}/extend`, {}, '/ttlSeconds', 'is required'],
    [
      `/v1/reservations/${ID}/confirm`,
      { lines: [{ ...LINE, quantity: 0 }] },
      '/lines/0/quantity',
      'must be >= 1',
    ],
    [
      `/v1/reservations/${ID}/fulfil`,
      { lines: [{ ...LINE, quantity: -1 }] },
      '/lines/0/quantity',
      'must be >= 0',
    ],
    ['/v1/reservations/nonsense/confirm', {}, '/id', 'must be a UUID'],
    [
      '/v1/movements',
      { ...MOVEMENT, type: 'steal' },
      '/type',
      'must be one of receive, adjust, count, sell',
    ],
    ['/v1/movements', { ...LINE }, '/type', 'is required'],
    [
      '/v1/movements',
      { ...MOVEMENT, allowShortfall: true },
      '/allowShortfall',
      'is not a known field',
    ],
    [
      '/v1/movements',
      { ...MOVEMENT, type: 'sell', allowShortfall: 1 },
      '/allowShortfall',
      'must be boolean',
    ],
    ['/v1/movements', { ...MOVEMENT, type: 'adjust', quantity: 0 }, '/quantity', 'must not be 0'],
    ['/v1/movements', { ...MOVEMENT, type: 'count', quantity: -1 }, '/quantity', 'must be >= 0'],
    ['/v1/movements', { ...MOVEMENT, expectedVersion: -1 }, '/expectedVersion', 'must be >= 0'],
    ['/v1/movements', { ...MOVEMENT, expectedVersion: 2 ** 53 }, '/expectedVersion', 'must be <='],
    [
      '/v1/movements',
      { ...MOVEMENT, reason: 'x'.repeat(501) },
      '/reason',
      'must not have more than 500 characters',
    ],
    [
      '/v1/transfers',
      { from: 'north', to: 'south', lines: [LINE] },
      '/lines/0/location',
      'is not a known field',
    ],
    [
      '/v1/batch',
      { commands: Array(5_001).fill(MOVEMENT) },
      '/commands',
      'must not have more than 5000 items',
    ],
    ['/v1/batch', { commands: [] }, '/commands', 'must not have fewer than 1 items'],
    ['/v1/batch', { commands: [{ type: 'confirm' }] }, '/commands/0/reservationId', 'is required'],
    [
      '/v1/batch',
      { commands: [{ type: 'dispatch' }] },
      '/commands/0/type',
      'must be one of receive',
    ],
    [
      '/v1/batch',
      { commands: [{ ...MOVEMENT, idempotencyKey: 'ä' }] },
      '/commands/0/idempotencyKey',
      'must match pattern',
    ],
    ['/v1/batch', { atomic: 'yes', commands: [MOVEMENT] }, '/atomic', 'must be boolean'],
  ])('%s %j is refused at %j: %s', async (route, body, pointer, message) => {
    const answer = await server.call('POST', route, body);
    await expectProblem(answer, 400, 'invalid_request');
    const errors = answer.body['errors'] as { pointer: string; message: string }[];
    const found = errors.find((error) => error.pointer === pointer);
    expect(found, JSON.stringify(errors)).toBeDefined();
    expect(found?.message).toContain(message);
  });

  it.each([
    ['/v1/products/a', { name: '' }, '/name'],
    ['/v1/products/a', { name: 1 }, '/name'],
    ['/v1/products/a', { name: 'N', price: 1 }, '/price'],
    ['/v1/products/a', { name: 'N', attributes: { a: '\u0001' } }, '/attributes/a'],
    ['/v1/products/a', { name: 'N', description: 'a\u0000' }, '/description'],
    ['/v1/locations/a', { name: 'N', kind: 'shed' }, '/kind'],
    [
      '/v1/locations/a',
      { name: 'N', kind: 'store', attributes: { description: 'a\nb' } },
      '/attributes/description',
    ],
  ])('PUT %s %j is refused at %s', async (route, body, pointer) => {
    const answer = await server.call('PUT', route, body);
    await expectProblem(answer, 400, 'invalid_request');
    expect(answer.body).toMatchObject({ errors: [{ in: 'body', pointer }] });
  });

  it('is quoted, but no more of it than helps', async () => {
    const long = await server.call('POST', '/v1/reservations', {
      lines: [{ ...LINE, sku: 'x'.repeat(200) }],
    });
    expect(long.body).toMatchObject({ errors: [{ value: `${'x'.repeat(100)}…` }] });
    const wrong = await server.call('POST', '/v1/reservations', {
      lines: [{ ...LINE, quantity: '5' }],
    });
    expect(wrong.body).toMatchObject({ errors: [{ value: '5' }] });
  });

  it('is told together with the others, up to a bound', async () => {
    const bad = { sku: '', location: '', quantity: 0 };
    const three = await server.call('POST', '/v1/reservations', { lines: [bad] });
    expect(three.body['errors']).toHaveLength(3);
    const many = await server.call('POST', '/v1/reservations', { lines: Array(100).fill(bad) });
    expect(many.body['errors']).toHaveLength(20);
    const huge = await server.call('POST', '/v1/reservations', { lines: Array(2_000).fill(bad) });
    expect(huge.body['errors']).toHaveLength(1);
  });
});

describe('a body that is no JSON', () => {
  it.each([
    ['{"lines":'],
    ["{'lines':[]}"],
    ['{"lines":[]} x'],
    ['NaN'],
    ['[1,]'],
    [`${'['.repeat(100_000)}`],
  ])('%s is refused, and told why', async (text) => {
    const answer = await send('POST', '/v1/reservations', text);
    await expectProblem(answer, 400, 'invalid_json');
    expect(answer.body).toMatchObject({ detail: expect.stringMatching(/JSON: .*(JSON|position)/) });
  });

  it.each([
    ['{"__proto__":{"lines":[]}}'],
    ['{"lines":[],"metadata":{"a":{"__proto__":1}}}'],
    ['{"lines":[],"constructor":{"prototype":{}}}'],
  ])('%s is JSON, and refused for what it names', async (text) => {
    const answer = await send('POST', '/v1/reservations', text);
    await expectProblem(answer, 400, 'invalid_request');
    expect(answer.body).toMatchObject({ detail: expect.stringContaining('`__proto__`') });
  });

  it('is told apart from one that is no UTF-8', async () => {
    const payload = Buffer.from([0x22, 0xff, 0x22]);
    const headers = { host: 'localhost', 'content-type': 'application/json' };
    const answer = await server.app.inject({ method: 'POST', url: '/v1/batch', payload, headers });
    expect(answer.json()).toMatchObject({
      code: 'invalid_json',
      detail: expect.stringMatching('UTF-8'),
    });
  });

  it.each([
    [`{"lines":[{"sku":"a${LONE}","location":"north","quantity":1}]}`, '/lines/0/sku'],
    [`{"lines":[],"reference":"${LONE}"}`, '/reference'],
    [`{"lines":[],"metadata":{"a":{"b":"${LONE}"}}}`, '/metadata/a/b'],
    [`{"lines":[],"${LONE}":1}`, '/\\ud800'],
  ])('%s has half a surrogate pair and is refused', async (text, pointer) => {
    const answer = await send('POST', '/v1/reservations', text);
    await expectProblem(answer, 400, 'invalid_request');
    const at = JSON.parse(`"${pointer}"`);
    expect(answer.body).toMatchObject({
      errors: [{ pointer: at, message: 'must not hold a lone surrogate' }],
    });
  });

  it.each([
    ['too deep', `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, '/lines'],
    ['too deep, with an escape', `{"b":"\\n","a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, '/b'],
    [
      'a number beyond all',
      '{"lines":[{"sku":"a","location":"b","quantity":1e999}]}',
      '/lines/0/quantity',
    ],
    [
      'metadata with a number beyond all',
      `{"lines":[${JSON.stringify(LINE)}],"metadata":{"a":[-1e999]}}`,
      '/metadata',
    ],
  ])('%s is refused', async (_name, text, pointer) => {
    const answer = await send('POST', '/v1/reservations', text);
    await expectProblem(answer, 400, 'invalid_request');
    expect(JSON.stringify(answer.body)).toContain(`"pointer":"${pointer}`);
  });

  it('is asked for where it is needed', async () => {
    for (const headers of [{}, { 'content-type': 'application/json' }]) {
      const answer = await server.call('POST', '/v1/reservations', undefined, headers);
      await expectProblem(answer, 400, 'invalid_request');
      expect(answer.body).toMatchObject({ errors: [{ in: 'body', pointer: '' }] });
    }
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'text/json', '; ;'])(
    'is refused as %s',
    async (type) => {
      const answer = await send('POST', '/v1/reservations', JSON.stringify(ORDER), {
        'content-type': type,
      });
      await expectProblem(answer, 415, 'unsupported_media_type');
    },
  );

  it.each([
    { 'content-encoding': 'gzip' },
    { 'content-type': 'application/json; charset=utf-16' },
    { 'content-type': 'application/json; Charset = "latin1"' },
  ])('is refused with %j', async (headers) => {
    const answer = await send('POST', '/v1/reservations', JSON.stringify(ORDER), headers);
    await expectProblem(answer, 415, 'unsupported_media_type');
  });

  it.each([
    { 'content-encoding': 'identity' },
    { 'content-type': 'application/json; charset=UTF-8' },
    { 'content-type': 'application/json; charset="utf8"; q=1' },
  ])('is taken with %j', async (headers) => {
    const answer = await send('POST', '/v1/reservations', '{}', headers);
    await expectProblem(answer, 400, 'invalid_request');
  });

  it('is not the same as none when it is null', async () => {
    const answer = await send('POST', `/v1/reservations/${ID}/confirm`, 'null');
    await expectProblem(answer, 400, 'invalid_request');
  });

  it.each([
    ['/v1/reservations', 2],
    ['/v1/batch', 9],
  ])('is refused by %s when it has %i MiB', async (route, mebibytes) => {
    const text = JSON.stringify({ a: 'x'.repeat(mebibytes * 1024 * 1024) });
    await expectProblem(await send('POST', route, text), 413, 'body_too_large');
  });
});

describe('a bad parameter', () => {
  it.each([
    ['/v1/stock?foo=1', 'query', '/foo', 'is not a known parameter'],
    ['/v1/stock?__proto__=1', 'query', '/__proto__', 'is not a known parameter'],
    ['/v1/stock/a/north?as_of=1', 'query', '/as_of', 'is not a known parameter'],
    ['/v1/stock?limit=0', 'query', '/limit', 'must be >= 1'],
    ['/v1/stock?limit=1001', 'query', '/limit', 'must be <= 1000'],
    ['/v1/stock?limit=ten', 'query', '/limit', 'must be integer'],
    ['/v1/stock?limit=', 'query', '/limit', 'must be integer'],
    ['/v1/stock?limit=1e400', 'query', '/limit', 'must be <= 1000'],
    ['/v1/stock?limit=1&limit=2', 'query', '/limit', 'must be integer'],
    ['/v1/stock?sku=', 'query', '/sku/0', 'must not be empty'],
    ['/v1/stock?location=a%00', 'query', '/location', 'must not hold a control character'],
    ['/v1/stock?asOf=yesterday', 'query', '/asOf', 'must be a position, or an RFC 3339 time'],
    ['/v1/stock?asOf=2026-01-01', 'query', '/asOf', 'must be a position, or an RFC 3339 time'],
    ['/v1/stock?asOf=-1', 'query', '/asOf', 'must be a position, or an RFC 3339 time'],
    [
      '/v1/stock?asOf=99999999999999999',
      'query',
      '/asOf',
      'must be a position, or an RFC 3339 time',
    ],
    ['/v1/availability', 'query', '/sku', 'is required'],
    [
      `/v1/availability?${'sku=a&'.repeat(201)}`,
      'query',
      '/sku',
      'must not have more than 200 items',
    ],
    ['/v1/demand?from=1', 'query', '/from', 'must be an RFC 3339 time'],
    ['/v1/reservations?status=open', 'query', '/status', 'must be one of held, confirmed'],
    ['/v1/reservations?reference=%07', 'query', '/reference', 'must not hold a control character'],
    ['/v1/events?after=-1', 'query', '/after', 'must be >= 0'],
    ['/v1/events?after=1.5', 'query', '/after', 'must be integer'],
    ['/v1/events?after=1e400', 'query', '/after', 'must be <='],
    ['/v1/events?after=9007199254740993', 'query', '/after', 'must be <='],
    ['/v1/events?after=1&cursor=1', 'query', '/cursor', 'must not both be given'],
    ['/v1/events?type=stolen', 'query', '/type/0', 'must be one of receive'],
    ['/v1/products/', 'path', '/sku', 'must not be empty'],
    ['/v1/products/%20a', 'path', '/sku', 'must not begin or end with a blank'],
    ['/v1/products/a%0Ab', 'path', '/sku', 'must not hold a control character'],
    ['/v1/products/a%CC%81', 'path', '/sku', 'must be in Unicode normalisation form NFC'],
    [`/v1/products/${'x'.repeat(200)}`, 'path', '/sku', 'must have at most 128 characters'],
    [`/v1/products/${'%E6%BC%A2'.repeat(129)}`, 'path', '/sku', 'must have at most 128 characters'],
    [`/v1/stock/a/${'x'.repeat(5_000)}`, 'path', '/location', 'must have at most 128 characters'],
    ['/v1/reservations/123', 'path', '/id', 'must be a UUID'],
    ['/healthz?verbose=1', 'query', '/verbose', 'is not a known parameter'],
  ])('in %s is refused: %s %s %s', async (url, part, pointer, message) => {
    const answer = await server.call('GET', url);
    await expectProblem(answer, 400, 'invalid_request');
    expect(answer.body).toMatchObject({
      errors: [{ in: part, pointer, message: expect.stringContaining(message) }],
    });
  });

  it.each(['/v1/stock?cursor=abc', '/v1/products?cursor=', '/v1/transfers?cursor=%00'])(
    'in %s is no cursor',
    async (url) => {
      await expectProblem(await server.call('GET', url), 400, 'invalid_cursor');
    },
  );

  it('of a POST is refused too', async () => {
    const answer = await server.call('POST', '/v1/reservations?dryRun=1', ORDER);
    await expectProblem(answer, 400, 'invalid_request');
  });

  it.each(['/v1/products/%zz', '/v1/products/%ff', '/%'])('%s is no path', async (url) => {
    await expectProblem(await server.call('GET', url), 400, 'malformed_http');
  });

  it.each(['?sku=%zz', '?sku=%c0%af', '?sku=%ed%a0%80', '?sku=a&%'])(
    '%s is no query',
    async (query) => {
      const answer = await server.call('GET', `/v1/stock${query}`);
      await expectProblem(answer, 400, 'malformed_http');
    },
  );
});

describe('a bad header', () => {
  it.each([
    ['Idempotency-Key', ''],
    ['Idempotency-Key', 'x'.repeat(256)],
    ['Idempotency-Key', 'schlüssel'],
    ['Idempotency-Key', 'a\tb'],
    ['X-Actor', ''],
    ['X-Actor', 'ä'],
    ['X-Actor', 'x'.repeat(129)],
  ])('%s: %j is refused', async (name, value) => {
    const answer = await server.call('POST', '/v1/reservations', ORDER, {
      [name.toLowerCase()]: value,
    });
    await expectProblem(answer, 400, 'invalid_request');
    expect(answer.body).toMatchObject({ errors: [{ in: 'header', pointer: `/${name}` }] });
  });

  it.each(['-1', 'x', '1.5', '99999999999999999'])('Last-Event-ID: %s is refused', async (id) => {
    const answer = await server.call('GET', '/v1/events', undefined, { 'last-event-id': id });
    await expectProblem(answer, 400, 'invalid_request');
  });
});

describe('what is not there', () => {
  it.each([
    ['GET', '/v1/nothing'],
    ['POST', '/v2/reservations'],
    ['GET', '/v1/products/a/b'],
    ['PUT', '/V1/products/a'],
    ['GET', '/problems/no_such_code'],
  ] as const)('%s %s is 404', async (method, url) => {
    await expectProblem(await server.call(method, url), 404, 'route_not_found');
  });

  it.each([
    ['DELETE', '/v1/reservations', 'GET, HEAD, POST'],
    ['PATCH', '/v1/products/a', 'DELETE, GET, HEAD, PUT'],
    ['PUT', '/v1/movements', 'POST'],
    ['GET', '/v1/batch', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['OPTIONS', '/v1/stock', 'GET, HEAD'],
  ] as const)('%s %s is 405', async (method, url, allow) => {
    const answer = await server.call(method, url, { not: 'looked at' });
    await expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers['allow']).toBe(allow);
  });
});
