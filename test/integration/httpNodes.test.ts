import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/commands.ts';
import type { EventDraft, LoggedEvent } from '../../src/domain/events.ts';
import type { LinkCommand } from '../../src/domain/links/commands.ts';
import type { NodeStatus } from '../../src/http/parts.ts';
import { moved } from '../support/givenLink.ts';
import { type Call, openServer, type TestServer } from '../support/httpServer.ts';

const SHOP = 'shop-1';
const TIME = Date.UTC(2026, 0, 31, 8);
const ISO = '2026-01-31T08:00:00.000Z';
const R1 = '019c1f9e-6c00-7000-8000-000000000001';
const policy = { hubShare: 0.5, floor: 0 };
const shown = { kind: 'split', ...policy };

let server: TestServer;
let call: Call;
let status: NodeStatus | undefined;
/** How far the log of the shop was told. */
let received: number;

beforeEach(async () => {
  status = undefined;
  received = 0;
  server = await openServer({ parts: { nodeStatus: () => status } });
  call = server.call;
  await call('PUT', '/v1/products/apple', { name: 'Apple' });
  await call('PUT', '/v1/locations/north', { name: 'North', kind: 'store' });
  await submit({
    type: 'addLink',
    link: { peer: SHOP, peerRole: 'store', self: 'test', location: 'north', secret: 'x', policy },
  });
});
afterEach(() => server.close());

async function submit(command: Command | LinkCommand): Promise<void> {
  const answer = await server.parts.ledger.submit({
    actor: 'test',
    requestId: 'q',
    items: [{ command }],
  });
  const outcome = answer.kind === 'done' ? answer.items[0]?.outcome : undefined;
  if (outcome === undefined || outcome.kind === 'refused') throw new Error(JSON.stringify(answer));
}

/** Lets the hub hear what the shop says next. */
async function hear(...said: readonly (LoggedEvent & EventDraft)[]): Promise<void> {
  const entries = said.map((event, i) => ({ ...event, position: received + i + 1, time: TIME }));
  const through = received + said.length;
  const range = { session: 0, after: received, through, digest: `${through}` };
  await submit({ type: 'applyEntries', peer: SHOP, location: 'north', ...range, entries });
  received = through;
}

const balances = (available: number, committed = 0) => {
  return { available, reserved: 0, committed, unavailable: 0 };
};
const received10 = moved('receive', ['supplier', 'available'], 10, { balances: balances(10) });
const grant4 = moved('grant', ['available', 'transit'], 4, {
  balances: balances(6),
  details: { peer: 'test' },
});

/** The shop has 6, and the hub 4. */
const share = () => hear(received10, grant4);

describe('GET /v1/stock', () => {
  const there = {
    node: SHOP,
    onHand: 6,
    available: 6,
    reserved: 0,
    committed: 0,
    unavailable: 0,
    inTransit: 0,
    asOf: { position: 2, time: ISO },
  };

  it('shows what each node owns, and since when that is known', async () => {
    await share();
    const one = await call('GET', '/v1/stock/apple/north');
    expect(one.body).toMatchObject({ onHand: 4, available: 4, version: 1 });
    expect(one.body['nodes']).toEqual([there]);
    const list = await call('GET', '/v1/stock');
    expect(list.body).toEqual({ data: [one.body], nextCursor: null });
  });

  it('shows what only the shop has', async () => {
    await hear(received10);
    const { status: code, body } = await call('GET', '/v1/stock/apple/north');
    expect(code).toBe(200);
    expect(body).toMatchObject({ onHand: 0, version: 0, updatedAt: ISO });
    expect(body['nodes']).toMatchObject([{ node: SHOP, onHand: 10, asOf: { position: 1 } }]);
  });

  it('has another ETag when another node has moved', async () => {
    await share();
    const { headers } = await call('GET', '/v1/stock/apple/north');
    const etag = String(headers['etag']);
    const again = () =>
      call('GET', '/v1/stock/apple/north', undefined, { 'if-none-match': `"x", ${etag}` });
    expect((await again()).status).toBe(304);
    await hear(moved('sell', ['available', 'customer'], 1, { balances: balances(5), version: 4 }));
    expect((await again()).status).toBe(200);
  });

  it('as of a position leaves out what was on its way', async () => {
    await share();
    const { position } = (await call('GET', '/v1/events')).body;
    const { body } = await call('GET', `/v1/stock/apple/north?asOf=${position}`);
    const { inTransit: _, ...known } = there;
    expect(body['nodes']).toEqual([known]);
  });

  it('is explained with who owns how many', async () => {
    await share();
    const { body } = await call('GET', '/v1/stock/apple/north/explain');
    expect(body['nodes']).toEqual([
      {
        ...there,
        text: `${SHOP} owns 6 units, of which it can promise 6, as its log said at ${ISO}.`,
      },
    ]);
  });

  it('is summed up for a shop page', async () => {
    await share();
    expect((await call('GET', '/v1/availability?sku=apple')).body).toEqual({
      data: [
        {
          sku: 'apple',
          available: 4,
          elsewhere: 6,
          locations: [{ location: 'north', available: 4, elsewhere: 6 }],
          locationCount: 1,
        },
      ],
    });
  });
});

describe('a buyer who is turned away', () => {
  const order = (quantity: number) => ({
    lines: [{ sku: 'apple', location: 'north', quantity }],
  });
  const falseSoldOuts = async () => {
    const { text } = await call('GET', '/metrics');
    return /^holdfast_false_sold_out_total (\d+)$/m.exec(text)?.[1];
  };

  it('is told where else there is stock, and counted', async () => {
    await share();
    const { status: code, body } = await call('POST', '/v1/reservations', order(5));
    expect(code).toBe(409);
    expect(body['shortages']).toMatchObject([
      { requested: 5, available: 4, elsewhere: [{ node: SHOP, available: 6, asOf: ISO }] },
    ]);
    expect(await falseSoldOuts()).toBe('1');
    const commands = [{ type: 'reserve', ...order(5) }];
    await call('POST', '/v1/batch', { commands });
    await call('POST', '/v1/batch', { commands, atomic: true });
    expect(await falseSoldOuts()).toBe('3');
  });

  it('is not counted where there was nothing anywhere', async () => {
    await hear({ ...received10, balances: balances(0) });
    const { body } = await call('POST', '/v1/reservations', order(5));
    expect(body).toMatchObject({ code: 'insufficient_stock' });
    expect(await falseSoldOuts()).toBe('0');
  });
});

describe('a reservation', () => {
  const lines = [{ sku: 'apple', location: 'north', quantity: 2 }];

  it('says that it was made here', async () => {
    await share();
    const { body } = await call('POST', '/v1/reservations', { id: R1, lines });
    expect(body).toMatchObject({ id: R1, node: 'test' });
    expect((await call('GET', `/v1/reservations/${R1}`)).body).toEqual(body);
    expect((await call('GET', '/v1/reservations')).body).toMatchObject({ data: [body] });
  });

  it('of another node can be read, and is changed there', async () => {
    const details = { expiresAt: TIME + 60_000, ttlSeconds: 60 };
    const hold = moved('reserve', ['available', 'reserved'], 2, { reservationId: R1, details });
    await hear(received10, hold);
    expect((await call('GET', `/v1/reservations/${R1}`)).body).toMatchObject({
      id: R1,
      node: SHOP,
      status: 'held',
      createdAt: ISO,
      lines: [{ quantity: 2, reserved: 2 }],
    });
    const { status: code, body } = await call('POST', `/v1/reservations/${R1}/confirm`);
    expect([code, body['code'], body['node']]).toEqual([409, 'reservation_elsewhere', SHOP]);
  });

  it('says which part of it was passed on', async () => {
    await share();
    await call('POST', '/v1/reservations', { id: R1, lines });
    await call('POST', `/v1/reservations/${R1}/confirm`);
    const through = Number((await call('GET', '/v1/events')).body['position']);
    const range = { session: 0, after: 0, through, levels: [], reservations: [R1] };
    await submit({ type: 'shareOut', peer: SHOP, ...range });
    const { body } = await call('GET', `/v1/reservations/${R1}`);
    expect(body['lines']).toMatchObject([
      { committed: 2, passed: { node: SHOP, open: 2, cancelled: 0 } },
    ]);
    const refused = await call('POST', `/v1/reservations/${R1}/fulfil`);
    expect(refused.body).toMatchObject({ code: 'goods_elsewhere', node: SHOP });
  });

  it('may be named with the node that made it, where its id was taken', async () => {
    const unknown = await call('GET', `/v1/reservations/${R1.toUpperCase()}@Hub`);
    expect(unknown.body).toMatchObject({
      code: 'reservation_not_found',
      reservationId: `${R1}@Hub`,
    });
    expect((await call('GET', `/v1/reservations/${R1}@`)).status).toBe(400);
    expect((await call('GET', '/v1/reservations/x@Hub')).status).toBe(400);
  });
});

describe('the catalogue', () => {
  it('says who has the goods of a location, and why nothing is promised there', async () => {
    expect((await call('GET', '/v1/locations/north')).body).toMatchObject({ node: SHOP });
    await call('PUT', '/v1/locations/hall', { name: 'Hall', kind: 'venue' });
    const change = { fence: 'restored' } as const;
    await submit({ type: 'updateLink', peer: SHOP, session: 0, change });
    expect((await call('GET', '/v1/locations')).body).toMatchObject({
      data: [
        { location: 'hall', node: 'test' },
        { location: 'north', node: SHOP, fence: 'restored' },
      ],
    });
    const order = { lines: [{ sku: 'apple', location: 'north', quantity: 1 }] };
    const { body } = await call('POST', '/v1/reservations', order);
    expect(body).toMatchObject({ code: 'node_fenced', retryable: true, fence: 'restored' });
  });

  it('waits for the shops before a product goes', async () => {
    const asked = await call('DELETE', '/v1/products/apple');
    expect([asked.status, asked.body]).toEqual([202, { status: 'removing', waitsFor: [SHOP] }]);
    expect((await call('GET', '/v1/products/apple')).body).toMatchObject({ removal: [] });
  });
});

describe('the log', () => {
  it('shows between which nodes what passed, and why', async () => {
    await share();
    const request = '019c1f9e-6c00-7000-8000-0000000000f1';
    const wants = [{ peer: SHOP, sku: 'apple', location: 'north', units: 3 }];
    await submit({ type: 'ask', request, wants });
    const { body } = await call('GET', '/v1/events?type=node_added&type=accept&type=want');
    expect(body['data']).toMatchObject([
      { type: 'node_added', location: 'north', peer: SHOP, policy: shown },
      { type: 'accept', quantity: 4, peer: SHOP, grant: 2 },
      { type: 'want', sku: 'apple', peer: SHOP, request, units: 3, session: 0 },
    ]);
  });
});

describe('GET /v1/nodes', () => {
  const node = {
    node: SHOP,
    role: 'store',
    location: 'north',
    status: 'active',
    fence: null,
    reconcile: false,
    policy: shown,
    session: 0,
    connected: null,
    lastHeardMs: null,
  };

  it('shows each link, without what proves anything', async () => {
    const { position: head } = (await call('GET', '/v1/events')).body;
    const { body } = await call('GET', '/v1/nodes');
    const unheard = {
      ...node,
      received: { position: 0, newest: null },
      acknowledged: { position: 0, head },
    };
    expect(body).toEqual({ data: [unheard], nextCursor: null });
    expect((await call('GET', `/v1/nodes/${SHOP}`)).body).toEqual(unheard);
  });

  it('shows how far it is known, and whether it is there', async () => {
    await share();
    status = { connected: true, lastHeardMs: 160 };
    expect((await call('GET', `/v1/nodes/${SHOP}`)).body).toMatchObject({
      received: { position: 2, newest: { position: 2, time: ISO } },
      connected: true,
      lastHeardMs: 160,
    });
  });

  it('knows only those that were added', async () => {
    const { status: code, body } = await call('GET', '/v1/nodes/unknown');
    expect([code, body['code'], body['node']]).toEqual([404, 'node_not_found', 'unknown']);
    expect((await call('GET', '/v1/nodes?cursor=x')).body).toMatchObject({
      code: 'invalid_cursor',
    });
  });

  it('names those that were given up', async () => {
    await submit({ type: 'retireNode', peer: SHOP });
    expect((await call('GET', '/v1/nodes')).body).toMatchObject({
      data: [{ node: SHOP, status: 'retired', session: 1 }],
    });
  });
});
