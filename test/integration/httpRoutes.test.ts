import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, stock, type TestServer } from '../support/httpServer.ts';

let server: TestServer;
let ids = 0;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

const call: TestServer['call'] = (...request) => server.call(...request);

async function newStock(quantity: number): Promise<string> {
  ids += 1;
  const sku = `sku-${ids}`;
  await stock(call, sku, quantity);
  return sku;
}

function lines(sku: string, quantity: number) {
  return { lines: [{ sku, location: 'north', quantity }] };
}

describe('the catalogue', () => {
  it('keeps products: made, changed, listed, removed', async () => {
    const made = await call('PUT', '/v1/products/tea', { name: 'Tea', category: 'drinks' });
    expect(made.status).toBe(201);
    expect(made.headers['location']).toBe('/v1/products/tea');
    const tea = {
      sku: 'tea',
      name: 'Tea',
      description: null,
      category: 'drinks',
      attributes: null,
    };
    expect(made.body).toEqual(tea);
    const changed = await call('PUT', '/v1/products/tea', { name: 'Tea', attributes: { a: [1] } });
    expect(changed.status).toBe(200);
    expect(changed.headers['location']).toBeUndefined();
    expect((await call('GET', '/v1/products/tea')).body).toMatchObject({ attributes: { a: [1] } });
    const found = await call('GET', '/v1/products?query=TE');
    expect(found.body).toMatchObject({ data: [{ sku: 'tea' }], nextCursor: null });
    const removed = await call('DELETE', '/v1/products/tea');
    expect([removed.status, removed.text]).toEqual([204, '']);
    expect((await call('GET', '/v1/products/tea')).body).toMatchObject({
      code: 'product_not_found',
      sku: 'tea',
    });
    expect((await call('DELETE', '/v1/products/tea')).status).toBe(404);
  });

  it('takes back what it gave: null stands for left out', async () => {
    const { body } = await call('PUT', '/v1/products/null', { name: 'N' });
    const { sku: _, ...content } = body;
    expect((await call('PUT', '/v1/products/null', content)).body).toEqual(body);
  });

  it('lets the description have line breaks, and nothing else', async () => {
    const text = { name: 'N', description: 'one\r\n\ttwo' };
    expect((await call('PUT', '/v1/products/lines', text)).body).toMatchObject(text);
    const name = await call('PUT', '/v1/products/lines', { name: 'one\ntwo' });
    expect(name.body).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/name' }] });
  });

  it('keeps locations', async () => {
    const made = await call('PUT', '/v1/locations/hall', { name: 'Hall', kind: 'venue' });
    const hall = { location: 'hall', name: 'Hall', kind: 'venue', attributes: null, node: 'test' };
    expect(made.body).toEqual(hall);
    expect(made.status).toBe(201);
    expect((await call('GET', '/v1/locations?query=hal')).body).toMatchObject({
      data: [{ location: 'hall' }],
    });
    expect((await call('DELETE', '/v1/locations/hall')).status).toBe(204);
    expect((await call('GET', '/v1/locations/hall')).body).toMatchObject({
      code: 'location_not_found',
    });
  });

  it('keeps what has stock', async () => {
    const sku = await newStock(1);
    expect((await call('DELETE', `/v1/products/${sku}`)).body).toMatchObject({
      status: 409,
      code: 'product_has_stock',
      onHand: 1,
    });
    expect((await call('DELETE', '/v1/locations/north')).body).toMatchObject({
      code: 'location_has_stock',
    });
  });
});

describe('identifiers in paths', () => {
  it.each([
    'two words',
    'a/b',
    '100%',
    '%2F',
    '%2e%2e',
    'a+b',
    'ä',
    '漢'.repeat(128),
    '?#&',
    '__proto__',
  ])('may be %s', async (sku) => {
    const path = `/v1/products/${encodeURIComponent(sku)}`;
    expect((await call('PUT', path, { name: 'N' })).body).toMatchObject({ sku });
    const again = await call('GET', path);
    expect([again.status, again.body['sku']]).toEqual([200, sku]);
    expect((await call('DELETE', path)).status).toBe(204);
  });
});

describe('stock', () => {
  it('is moved, and shows every account', async () => {
    const sku = await newStock(10);
    const move = (type: string, quantity: number, more = {}) =>
      call('POST', '/v1/movements', { type, sku, location: 'north', quantity, ...more });
    const sold = await move('sell', 2, { reason: 'till', occurredAt: '2026-01-31T09:00:00+01:00' });
    expect(sold.status).toBe(201);
    expect(sold.body).toMatchObject({
      type: 'sell',
      node: 'test',
      version: 2,
      quantity: 2,
      from: 'available',
      to: 'customer',
      balances: { available: 8, reserved: 0, committed: 0, unavailable: 0 },
      actor: 'anonymous',
      reason: 'till',
      occurredAt: '2026-01-31T08:00:00.000Z',
    });
    expect(sold.body).not.toHaveProperty('reservationId');
    await move('quarantine', 3);
    await move('adjust', -1);
    const { body, headers } = await call('GET', `/v1/stock/${sku}/north`);
    expect(body).toMatchObject({ sku, location: 'north', onHand: 7, available: 4, unavailable: 3 });
    expect(headers['etag']).toBe('"4"');
    expect((await move('count', 2)).body).toMatchObject({ code: 'count_below_promised' });
    expect((await move('count', 0, { allowShortfall: true })).body).toMatchObject({ shortfall: 3 });
    expect((await move('receive', 1, { expectedVersion: 1 })).body).toMatchObject({
      code: 'version_mismatch',
      version: 5,
    });
  });

  it('is answered 304 as long as nothing moves', async () => {
    const sku = await newStock(1);
    const path = `/v1/stock/${sku}/north`;
    for (const tag of ['"1"', 'W/"1"', '"7", "1"', '*']) {
      const same = await call('GET', path, undefined, { 'if-none-match': tag });
      expect([same.status, same.text]).toEqual([304, '']);
    }
    expect((await call('GET', path, undefined, { 'if-none-match': '"2"' })).status).toBe(200);
  });

  it('is answered as of a position and a time, and not of one to come', async () => {
    const sku = await newStock(5);
    const { body: first } = await call('GET', `/v1/stock/${sku}/north/events`);
    const [event] = first['data'] as [{ position: number; time: string }];
    await call('POST', '/v1/movements', { type: 'sell', sku, location: 'north', quantity: 5 });
    const asOf = (moment: string | number) =>
      call('GET', `/v1/stock/${sku}/north?asOf=${encodeURIComponent(moment)}`);
    expect((await asOf(event.position)).body).toMatchObject({ available: 5, version: 1 });
    expect((await asOf(event.position - 1)).body).toMatchObject({ code: 'stock_not_found' });
    expect((await asOf('2999-01-01T00:00:00Z')).body).toMatchObject({
      status: 400,
      code: 'as_of_in_future',
      asOf: '2999-01-01T00:00:00.000Z',
    });
    expect((await asOf(9_999_999)).body).toMatchObject({ code: 'as_of_in_future' });
    const list = await call('GET', `/v1/stock?sku=${sku}&asOf=${event.position}`);
    expect(list.body).toMatchObject({ data: [{ available: 5 }], nextCursor: null });
  });

  it('is listed page by page', async () => {
    const skus = [await newStock(1), await newStock(2), await newStock(3)];
    const query = skus.map((sku) => `sku=${sku}`).join('&');
    const one = await call('GET', `/v1/stock?${query}&limit=2`);
    expect(one.body['data']).toHaveLength(2);
    const two = await call('GET', `/v1/stock?${query}&limit=2&cursor=${one.body['nextCursor']}`);
    expect(two.body).toMatchObject({ data: [{ sku: skus[2] }], nextCursor: null });
    const other = await call('GET', `/v1/stock?limit=2&cursor=${one.body['nextCursor']}`);
    expect(other.body).toMatchObject({ status: 400, code: 'invalid_cursor' });
  });

  it('can be asked about for a shop page', async () => {
    const sku = await newStock(4);
    const { body } = await call('GET', `/v1/availability?sku=${sku}&sku=unknown`);
    expect(body).toEqual({
      data: [
        { sku, available: 4, locations: [{ location: 'north', available: 4 }], locationCount: 1 },
        { sku: 'unknown', available: 0, locations: [], locationCount: 0 },
      ],
    });
  });

  it('says what it is made of, and what was asked for in vain', async () => {
    const sku = await newStock(4);
    await call('POST', '/v1/reservations', lines(sku, 3));
    await call('POST', '/v1/reservations', lines(sku, 2));
    const { body } = await call('GET', `/v1/stock/${sku}/north/explain`);
    expect(body).toMatchObject({
      stock: { available: 1, reserved: 3 },
      holds: { quantity: 3, data: [{ quantity: 3, due: false }], nextCursor: null },
    });
    expect((await call('GET', `/v1/demand?sku=${sku}`)).body).toMatchObject({
      data: [{ sku, location: 'north', requests: 1, units: 1 }],
    });
    const statement = await call('GET', `/v1/stock/${sku}/north/events?order=newest&limit=1`);
    expect(statement.body).toMatchObject({ data: [{ type: 'reserve', version: 2 }] });
    expect((await call('GET', '/v1/stock/nothing/north/explain')).body).toMatchObject({
      code: 'product_not_found',
    });
  });
});

describe('a reservation', () => {
  it('is held, confirmed in part, handed over', async () => {
    const sku = await newStock(10);
    const order = {
      ...lines(sku, 4),
      ttlSeconds: 60,
      reference: 'o-1',
      metadata: { a: { b: [] } },
    };
    const held = await call('POST', '/v1/reservations', order);
    const { id, createdAt, expiresAt } = held.body;
    expect(held.status).toBe(201);
    expect(held.headers['location']).toBe(`/v1/reservations/${id}`);
    expect(held.body).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      node: 'test',
      status: 'held',
      lines: [
        {
          sku,
          location: 'north',
          quantity: 4,
          reserved: 4,
          committed: 0,
          fulfilled: 0,
          released: 0,
        },
      ],
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      createdAt,
      updatedAt: createdAt,
      reference: 'o-1',
      metadata: { a: { b: [] } },
    });
    expect(Date.parse(String(expiresAt)) - Date.parse(String(createdAt))).toBe(60_000);
    const path = `/v1/reservations/${id}`;
    expect((await call('GET', path)).body).toEqual(held.body);
    expect(
      (await call('GET', path.toUpperCase().replace('/V1/RESERVATIONS', '/v1/reservations')))
        .status,
    ).toBe(200);
    expect((await call('POST', `${path}/extend`, { ttlSeconds: 120 })).status).toBe(200);
    const confirmed = await call('POST', `${path}/confirm`, lines(sku, 3));
    expect(confirmed.body).toMatchObject({
      status: 'confirmed',
      lines: [{ committed: 3, released: 1 }],
    });
    const part = await call('POST', `${path}/fulfil`, lines(sku, 1));
    expect(part.body).toMatchObject({ status: 'confirmed', lines: [{ fulfilled: 1 }] });
    expect((await call('POST', `${path}/fulfil`)).body).toMatchObject({ status: 'fulfilled' });
    expect((await call('POST', `${path}/cancel`)).body).toMatchObject({
      status: 409,
      code: 'reservation_fulfilled',
    });
    const list = await call('GET', '/v1/reservations?status=fulfilled&reference=o-1');
    expect(list.body).toMatchObject({ data: [{ id }], nextCursor: null });
  });

  it('is refused with every shortage', async () => {
    const sku = await newStock(2);
    const { body, status } = await call('POST', '/v1/reservations', lines(sku, 3));
    expect(status).toBe(409);
    expect(body).toMatchObject({
      type: '/problems/insufficient_stock',
      title: 'Insufficient stock',
      status: 409,
      code: 'insufficient_stock',
      retryable: true,
      shortages: [{ sku, location: 'north', requested: 3, available: 2, earliestReleaseAt: null }],
    });
    await call('POST', '/v1/reservations', lines(sku, 2));
    const later = await call('POST', '/v1/reservations', lines(sku, 1));
    expect(later.body).toMatchObject({
      shortages: [{ available: 0, earliestReleaseAt: expect.stringMatching(/Z$/) }],
    });
    expect((await call('POST', '/v1/reservations', lines('none', 1))).status).toBe(404);
  });

  it('is known again by the id that the client made', async () => {
    const sku = await newStock(5);
    const id = '019C1F9E-6C00-7000-8000-0000000000AA';
    const first = await call('POST', '/v1/reservations', { id, ...lines(sku, 1) });
    expect([first.status, first.body['id']]).toEqual([201, id.toLowerCase()]);
    const again = await call('POST', '/v1/reservations', {
      id: id.toLowerCase(),
      ...lines(sku, 1),
    });
    expect([again.status, again.body]).toEqual([200, first.body]);
    const other = await call('POST', '/v1/reservations', { id, ...lines(sku, 2) });
    expect(other.body).toMatchObject({ status: 409, code: 'reservation_id_taken' });
    const actor = { 'x-actor': 'somebody else' };
    const foreign = await call('POST', '/v1/reservations', { id, ...lines(sku, 1) }, actor);
    expect(foreign.body).toMatchObject({ code: 'reservation_id_taken' });
    expect((await call('GET', `/v1/stock/${sku}/north`)).body).toMatchObject({ reserved: 1 });
  });

  it('takes no body where all of it is optional', async () => {
    const sku = await newStock(5);
    for (const headers of [{}, { 'content-type': 'application/json' }]) {
      const { body } = await call('POST', '/v1/reservations', lines(sku, 1));
      const path = `/v1/reservations/${body['id']}/cancel`;
      expect((await call('POST', path, undefined, headers)).body).toMatchObject({
        status: 'cancelled',
      });
      expect((await call('POST', path, undefined, headers)).status).toBe(200);
    }
  });
});

describe('a transfer', () => {
  it('is sent, received in part, closed with a reason', async () => {
    const sku = await newStock(10);
    await call('PUT', '/v1/locations/south', { name: 'South', kind: 'store' });
    const sent = await call('POST', '/v1/transfers', {
      from: 'north',
      to: 'south',
      lines: [{ sku, quantity: 6 }],
      reference: 't-1',
    });
    const path = `/v1/transfers/${sent.body['id']}`;
    expect(sent.status).toBe(201);
    expect(sent.headers['location']).toBe(path);
    expect(sent.body).toMatchObject({ status: 'in_transit', lines: [{ inTransit: 6 }] });
    const part = await call('POST', `${path}/receive`, { lines: [{ sku, quantity: 4 }] });
    expect(part.body).toMatchObject({
      status: 'in_transit',
      lines: [{ received: 4, inTransit: 2 }],
    });
    const rest = { lines: [{ sku, quantity: 5 }], reason: 'one broken' };
    const closed = await call('POST', `${path}/receive`, rest);
    expect(closed.body).toMatchObject({ status: 'received', lines: [{ received: 5, lost: 1 }] });
    expect((await call('POST', `${path}/cancel`)).body).toMatchObject({
      code: 'transfer_received',
    });
    expect((await call('GET', path)).body).toEqual(closed.body);
    const list = await call('GET', '/v1/transfers?status=received');
    expect(list.body).toMatchObject({ data: [{ id: sent.body['id'] }] });
    const { body } = await call('GET', `/v1/events?sku=${sku}&type=arrive`);
    expect(body).toMatchObject({ data: [{ transferId: sent.body['id'] }, {}] });
  });

  it('may have an id of the client, by which it is made once', async () => {
    const sku = await newStock(9);
    await call('PUT', '/v1/locations/south', { name: 'South', kind: 'store' });
    const id = '019c1f9e-6c00-7000-8000-0000000000C1';
    const order = { id, from: 'north', to: 'south', lines: [{ sku, quantity: 3 }] };
    const sent = await call('POST', '/v1/transfers', order);
    expect([sent.status, sent.body['id']]).toEqual([201, id.toLowerCase()]);
    const again = await call('POST', '/v1/transfers', order);
    expect([again.status, again.body]).toEqual([200, sent.body]);
    expect(again.headers['location']).toBeUndefined();
    const other = await call('POST', '/v1/transfers', { ...order, reference: 'another' });
    expect([other.status, other.body['code']]).toEqual([409, 'transfer_id_taken']);
    const made = { ...order, id: '7f1c1f9e-6c00-4000-8000-0000000000c1' };
    expect((await call('POST', '/v1/transfers', made)).body).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/id', value: made.id }],
    });
    expect((await call('GET', `/v1/stock/${sku}/north`)).body).toMatchObject({ available: 6 });
  });

  it('arrives where it was sent, and on a ledger without links only if it was sent', async () => {
    const sku = await newStock(9);
    await call('PUT', '/v1/locations/south', { name: 'South', kind: 'store' });
    const order = { from: 'north', to: 'south', lines: [{ sku, quantity: 3 }] };
    const path = `/v1/transfers/${(await call('POST', '/v1/transfers', order)).body['id']}`;
    const astray = await call('POST', `${path}/receive`, { to: 'north' });
    expect([astray.status, astray.body]).toMatchObject([
      409,
      { code: 'transfer_elsewhere', to: 'south' },
    ]);
    expect((await call('POST', `${path}/receive`, { to: 'south' })).body).toMatchObject({
      status: 'received',
    });
    const unknown = '/v1/transfers/019c1f9e-6c00-7000-8000-0000000000fe/receive';
    const arrived = { to: 'south', lines: [{ sku, quantity: 1 }] };
    expect((await call('POST', unknown, arrived)).status).toBe(404);
    const random = '/v1/transfers/019c1f9e-6c00-4000-8000-0000000000fe/receive';
    expect((await call('POST', random, arrived)).body).toMatchObject({
      code: 'invalid_request',
      errors: [{ in: 'path', pointer: '/id', message: 'must be a UUID of version 7' }],
    });
    expect((await call('POST', random)).status).toBe(404);
    expect((await call('GET', '/v1/transfers?status=unmatched')).body).toMatchObject({ data: [] });
  });

  it('goes back when it is cancelled, and goes nowhere by itself', async () => {
    const sku = await newStock(3);
    await call('PUT', '/v1/locations/south', { name: 'South', kind: 'store' });
    const order = { from: 'north', to: 'south', lines: [{ sku, quantity: 3 }] };
    const sent = await call('POST', '/v1/transfers', order);
    const back = await call('POST', `/v1/transfers/${sent.body['id']}/cancel`);
    expect(back.body).toMatchObject({ status: 'cancelled', lines: [{ returned: 3 }] });
    expect((await call('POST', '/v1/transfers', { ...order, to: 'north' })).body).toMatchObject({
      code: 'invalid_request',
      errors: [{ in: 'body', pointer: '/to' }],
    });
    const id = '019c1f9e-6c00-7000-8000-0000000000ff';
    expect((await call('GET', `/v1/transfers/${id}`)).body).toMatchObject({
      code: 'transfer_not_found',
    });
  });
});

describe('a batch', () => {
  it('has an outcome for each command, which sees those before it', async () => {
    const sku = await newStock(1);
    const id = '019c1f9e-6c00-7000-8000-0000000000b1';
    const { body, status } = await call('POST', '/v1/batch', {
      commands: [
        { type: 'receive', sku, location: 'north', quantity: 1 },
        { type: 'reserve', id, ...lines(sku, 2) },
        { type: 'reserve', ...lines(sku, 1) },
        { type: 'confirm', reservationId: id },
        { type: 'fulfil', reservationId: id },
        { type: 'cancel', reservationId: '019c1f9e-6c00-7000-8000-00000000dead' },
      ],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      outcomes: [
        { status: 201, body: { type: 'receive' } },
        { status: 201, body: { id, status: 'held' } },
        { status: 409, body: { code: 'insufficient_stock' } },
        { status: 200, body: { status: 'confirmed' } },
        { status: 200, body: { status: 'fulfilled' } },
        { status: 404, body: { code: 'reservation_not_found' } },
      ],
    });
  });

  it('does nothing at all when it is atomic and one command is refused', async () => {
    const sku = await newStock(1);
    const { body, status } = await call('POST', '/v1/batch', {
      atomic: true,
      commands: [
        { type: 'receive', sku, location: 'north', quantity: 1 },
        { type: 'reserve', ...lines('none', 1) },
      ],
    });
    expect(status).toBe(409);
    expect(body).toMatchObject({ status: 409, code: 'product_not_found', index: 1 });
    expect((await call('GET', `/v1/stock/${sku}/north`)).body).toMatchObject({ available: 1 });
  });

  it('takes a key for each command, which means the same as in the single request', async () => {
    const sku = await newStock(9);
    const command = { type: 'sell', sku, location: 'north', quantity: 1 };
    const single = await call('POST', '/v1/movements', command, { 'idempotency-key': 'one-sale' });
    const keyed = { ...command, idempotencyKey: 'one-sale' };
    const { body } = await call('POST', '/v1/batch', {
      commands: [keyed, { ...keyed, quantity: 2 }],
    });
    expect(body).toMatchObject({
      outcomes: [
        { status: 201, replayed: true, body: { position: single.body['position'] } },
        { status: 422, body: { code: 'idempotency_key_reused' } },
      ],
    });
    expect((await call('GET', `/v1/stock/${sku}/north`)).body).toMatchObject({ available: 8 });
  });
});

describe('events', () => {
  it('come page by page, by position, and filtered', async () => {
    const sku = await newStock(7);
    const one = await call('GET', '/v1/events?limit=2');
    expect(one.body).toMatchObject({ data: [{ position: 1 }, { position: 2 }], position: 2 });
    const two = await call('GET', `/v1/events?limit=1&cursor=${one.body['nextCursor']}`);
    expect(two.body).toMatchObject({ data: [{ position: 3 }] });
    const mine = await call('GET', `/v1/events?sku=${sku}`);
    expect(mine.body).toMatchObject({ data: [{ type: 'product_created' }, { type: 'receive' }] });
    expect(mine.body['nextCursor']).toBeNull();
    const [notice] = mine.body['data'] as [object];
    expect(notice).not.toHaveProperty('quantity');
    expect(notice).toMatchObject({ after: { name: sku } });
    expect((await call('GET', `/v1/events?after=${mine.body['position']}`)).body).toMatchObject({
      data: [],
    });
    expect((await call('GET', '/v1/events?after=999999')).body).toMatchObject({
      status: 400,
      code: 'position_in_future',
    });
  });
});

describe('an idempotency key', () => {
  it('makes a request happen once, whatever its answer was', async () => {
    const sku = await newStock(3);
    const ask = (quantity: number, key: string, actor = 'ann') =>
      call('POST', '/v1/reservations', lines(sku, quantity), {
        'idempotency-key': key,
        'x-actor': actor,
      });
    const first = await ask(2, 'k');
    expect([first.status, first.headers['idempotency-replayed']]).toEqual([201, undefined]);
    const again = await ask(2, 'k');
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect(again.body).toEqual(first.body);
    expect(again.headers['location']).toBe(first.headers['location']);
    expect((await ask(1, 'k')).body).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect((await ask(1, 'k', 'bob')).status).toBe(201);
    const refused = await ask(2, 'r');
    expect(refused.status).toBe(409);
    await call('POST', '/v1/movements', { type: 'receive', sku, location: 'north', quantity: 9 });
    const still = await ask(2, 'r');
    expect([still.status, still.headers['idempotency-replayed']]).toEqual([409, 'true']);
    expect(still.body).toMatchObject({ shortages: [{ available: 0 }] });
  });

  it('covers a batch as a whole', async () => {
    const sku = await newStock(3);
    const batch = { commands: [{ type: 'sell', sku, location: 'north', quantity: 1 }] };
    const headers = { 'idempotency-key': 'batch' };
    const first = await call('POST', '/v1/batch', batch, headers);
    const again = await call('POST', '/v1/batch', batch, headers);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.text).toBe(first.text);
    const other = await call('POST', '/v1/batch', { ...batch, atomic: true }, headers);
    expect(other.status).toBe(422);
  });

  it('does not depend on the order of members', async () => {
    const sku = await newStock(3);
    const headers = { 'idempotency-key': 'order' };
    const one = { type: 'sell', sku, location: 'north', quantity: 1 };
    const two = { quantity: 1, location: 'north', sku, type: 'sell' };
    await call('POST', '/v1/movements', one, headers);
    const again = await call('POST', '/v1/movements', two, headers);
    expect(again.headers['idempotency-replayed']).toBe('true');
  });
});
