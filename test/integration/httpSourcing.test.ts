import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Call, openServer, type TestServer } from '../support/httpServer.ts';

let server: TestServer;
let call: Call;

beforeAll(async () => {
  server = await openServer();
  call = server.call;
  await place('berlin', { latitude: 52.52, longitude: 13.405 });
  await place('paris', { latitude: 48.8566, longitude: 2.3522 });
  await place('depot', null);
});

afterAll(() => server.close());

async function place(name: string, attributes: object | null): Promise<void> {
  await call('PUT', `/v1/locations/${name}`, { name, kind: 'store', attributes });
}

let count = 0;

/** A new product with so many units in each place. @returns its SKU */
async function stock(units: Readonly<Record<string, number>>): Promise<string> {
  count += 1;
  const sku = `sku-${count}`;
  await call('PUT', `/v1/products/${sku}`, { name: sku });
  for (const [location, quantity] of Object.entries(units)) {
    await call('POST', '/v1/movements', { type: 'receive', sku, location, quantity });
  }
  return sku;
}

function reserve(lines: readonly object[], more: object = {}) {
  return call('POST', '/v1/reservations', { lines, ...more });
}

function partsIn(body: { readonly [name: string]: unknown }): unknown {
  const { lines } = body;
  return Array.isArray(lines)
    ? lines.map(({ location, quantity }) => `${quantity} at ${location}`)
    : body;
}

const NEAR_COLOGNE = { latitude: 50.9375, longitude: 6.9603 };

describe('a reservation whose lines say where they may come from', () => {
  test('is answered with where each part lies', async () => {
    const sku = await stock({ berlin: 3, paris: 2, depot: 9 });
    const near = { strategy: 'nearest', near: NEAR_COLOGNE };
    const answer = await reserve([{ sku, quantity: 6, from: 'any' }], { sourcing: near });
    expect(answer.status).toBe(201);
    expect(partsIn(answer.body)).toEqual(['2 at paris', '3 at berlin', '1 at depot']);
    const { body } = await call('GET', `/v1/reservations/${answer.body['id']}`);
    expect(partsIn(body)).toEqual(partsIn(answer.body));
    const confirmed = await call('POST', `/v1/reservations/${answer.body['id']}/confirm`);
    expect(confirmed.body).toMatchObject({ status: 'confirmed' });
  });

  test('comes in as few parcels as can be unless it says otherwise', async () => {
    const tea = await stock({ berlin: 9, paris: 2 });
    const mug = await stock({ paris: 1, depot: 5 });
    const lines = [
      { sku: tea, quantity: 2, from: 'any' },
      { sku: mug, quantity: 1, from: ['depot', 'paris'] },
    ];
    expect(partsIn((await reserve(lines)).body)).toEqual(['2 at paris', '1 at paris']);
    expect(partsIn((await reserve(lines)).body)).toEqual(['2 at berlin', '1 at depot']);
  });

  test('takes them in the order of the list, or where most is', async () => {
    const sku = await stock({ berlin: 3, paris: 5 });
    const line = { sku, quantity: 1, from: ['berlin', 'paris'] };
    const nearest = await reserve([line], { sourcing: { strategy: 'nearest' } });
    expect(partsIn(nearest.body)).toEqual(['1 at berlin']);
    const most = await reserve([line], { sourcing: { strategy: 'most_stock' } });
    expect(partsIn(most.body)).toEqual(['1 at paris']);
  });

  test('may name the location of other lines, and of the same level too', async () => {
    const sku = await stock({ berlin: 3, paris: 5 });
    const lines = [
      { sku, quantity: 2, location: 'berlin' },
      { sku, quantity: 1, from: 'any' },
      { sku, quantity: 1, from: 'any' },
    ];
    // What can be sent with the parcel from Berlin is, as far as it goes.
    expect(partsIn((await reserve(lines)).body)).toEqual(['2 at berlin', '2 at paris']);
  });

  test('is refused as a whole, with one shortage for each line that lacks something', async () => {
    const tea = await stock({ berlin: 1, paris: 1 });
    const mug = await stock({ berlin: 9 });
    const answer = await reserve([
      { sku: mug, quantity: 1, from: 'any' },
      { sku: tea, quantity: 3, from: ['paris', 'berlin'] },
    ]);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      code: 'insufficient_stock',
      detail: `3 of ${tea} from paris, berlin was asked for, but 2 is available.`,
    });
    expect(answer.body['shortages']).toEqual([
      {
        sku: tea,
        from: ['paris', 'berlin'],
        requested: 3,
        available: 2,
        earliestReleaseAt: null,
      },
    ]);
    const { body } = await call('GET', `/v1/demand?sku=${tea}`);
    expect(body['data']).toMatchObject([{ location: 'paris', requests: 1, units: 1 }]);
  });

  test('is answered 200 when it is repeated, and 409 when it asks for something else', async () => {
    const sku = await stock({ berlin: 3, paris: 5 });
    const id = '019c1f9e-6c00-7000-8000-00000000abcd';
    const lines = [{ sku, quantity: 7, from: 'any' }];
    expect((await reserve(lines, { id })).status).toBe(201);
    const again = await reserve(lines, { id });
    expect(again.status).toBe(200);
    expect(partsIn(again.body)).toEqual(['5 at paris', '2 at berlin']);
    const other = await reserve([{ sku, quantity: 6, from: 'any' }], { id });
    expect(other.body).toMatchObject({ status: 409, code: 'reservation_id_taken' });
  });

  test.each([
    ['from', { from: ['berlin', 'moon'] }, 'location_not_found'],
    ['sku', { sku: 'cup', from: 'any' }, 'product_not_found'],
  ])('is 404 for what is not in the catalogue: %s', async (_, fields, code) => {
    const sku = await stock({ berlin: 1 });
    const { body } = await reserve([{ sku, quantity: 1, ...fields }]);
    expect(body).toMatchObject({ status: 404, code });
  });

  test('works in a batch', async () => {
    const sku = await stock({ berlin: 1, paris: 2 });
    const command = { type: 'reserve', lines: [{ sku, quantity: 2, from: 'any' }] };
    const { body } = await call('POST', '/v1/batch', { commands: [command, command] });
    expect(body['outcomes']).toMatchObject([
      { status: 201, body: { lines: [{ location: 'paris', quantity: 2 }] } },
      { status: 409, body: { shortages: [{ from: 'any', requested: 2, available: 1 }] } },
    ]);
  });
});

const LINE = { sku: 'tea', quantity: 1 };
const ANYWHERE = { ...LINE, from: 'any' };

describe('what does not fit together is told', () => {
  test.each<[string, object, string, string]>([
    ['neither a location nor where from', { lines: [LINE] }, '/lines/0', 'either a location'],
    ['both', { lines: [{ ...ANYWHERE, location: 'berlin' }] }, '/lines/0', 'either a location'],
    ['another word', { lines: [{ ...LINE, from: 'all' }] }, '/lines/0/from', '"any" or a list'],
    ['an empty list', { lines: [{ ...LINE, from: [] }] }, '/lines/0/from', 'fewer than 1'],
    ['a number', { lines: [{ ...LINE, from: 3 }] }, '/lines/0/from', 'string or array'],
    ['a location twice', { lines: [{ ...LINE, from: ['a', 'a'] }] }, '/lines/0/from', 'duplicate'],
    ['201 locations', { lines: [{ ...LINE, from: names(201) }] }, '/lines/0/from', 'more than 200'],
    ['a bad name', { lines: [{ ...LINE, from: [' a'] }] }, '/lines/0/from/0', 'blank'],
    [
      'two lines of one SKU from different places',
      { lines: [ANYWHERE, { ...LINE, from: ['berlin'] }] },
      '/lines/1/from',
      'the same for all lines',
    ],
    [
      '201 open lines',
      { lines: names(201).map((sku) => ({ ...ANYWHERE, sku })) },
      '/lines/200',
      '200 at most',
    ],
    [
      'a strategy that there is not',
      { lines: [ANYWHERE], sourcing: { strategy: 'cheapest' } },
      '/sourcing/strategy',
      'fewest_parcels, nearest, most_stock',
    ],
    [
      'nearest to nothing',
      { lines: [ANYWHERE], sourcing: { strategy: 'nearest' } },
      '/sourcing/near',
      'is required',
    ],
    [
      'a point that is not on the earth',
      { lines: [ANYWHERE], sourcing: { near: { latitude: 91, longitude: 0 } } },
      '/sourcing/near/latitude',
      '<= 90',
    ],
    [
      'a strategy for lines that have their location',
      { lines: [{ ...LINE, location: 'berlin' }], sourcing: {} },
      '/sourcing',
      'is for lines',
    ],
  ])('%s', async (_, body, pointer, message) => {
    const answer = await call('POST', '/v1/reservations', body);
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(answer.body['errors']).toContainEqual(
      expect.objectContaining({ pointer, message: expect.stringContaining(message) }),
    );
    const batch = { commands: [{ type: 'reserve', ...body }] };
    const { body: inBatch } = await call('POST', '/v1/batch', batch);
    expect(inBatch['errors']).toContainEqual(
      expect.objectContaining({ pointer: `/commands/0${pointer}` }),
    );
  });

  function names(length: number): string[] {
    return Array.from({ length }, (_, index) => `n${index}`);
  }
});
