import { afterEach, describe, expect, test } from 'vitest';
import { Hostile } from '../support/nodes/hostile.ts';
import { SHOP_KEEPS_ALL, Stage } from '../support/nodes/stage.ts';
import { dispatch } from '../support/nodes/transfers.ts';

let stage: Stage;

afterEach(async () => {
  await stage.close();
});

/** A hub with a warehouse `W`, an honest shop at `T`, and one at `S` whose machine says what it likes. */
async function besieged(): Promise<Hostile> {
  stage = await Stage.open(['W', 'S', 'T']);
  await stage.hub.receive('tea', 'W', 10);
  const honest = await stage.addShop('s2', 'T');
  await honest.receive('tea', 'T', 7);
  await stage.pass(1_000);
  const hostile = new Hostile(stage, 's1', await stage.addNode('s1', 'S', SHOP_KEEPS_ALL));
  await hostile.connect();
  return hostile;
}

const atWarehouse = { sku: 'tea', location: 'W' };

describe('a shop has no say about goods at other places than its own', () => {
  test('what it says to have passed to the hub there is not taken in', async () => {
    const hostile = await besieged();
    const details = { peer: 'hub' };
    await hostile.say({ type: 'grant', ...atWarehouse, quantity: 5, to: 'transit', details });
    expect(await stage.hub.available('tea', 'W')).toBe(10);
    expect(hostile.isOpen).toBe(true);
  });

  test('nothing of what is there is given to it, neither asked for nor for what it lacks', async () => {
    const hostile = await besieged();
    const details = { peer: 'hub', request: 'r', units: 4, session: hostile.session };
    await hostile.say({ type: 'want', ...atWarehouse, details });
    await hostile.say({ type: 'sell', ...atWarehouse, quantity: 3, available: -3 });
    await hostile.say({ type: 'sell', sku: 'tea', location: 'T', quantity: 3, available: -3 });
    expect(await stage.hub.available('tea', 'W')).toBe(10);
    await stage.hub.receive('tea', 'W', 1);
    expect(await stage.hub.available('tea', 'W')).toBe(11);
  });

  test('a count there does not go by what it says to own', async () => {
    const hostile = await besieged();
    await hostile.say({ type: 'receive', ...atWarehouse, quantity: 8, available: 8 });
    expect(await stage.hub.share('s1', 'tea', 'W')).toBeUndefined();
    expect(await stage.hub.ask({ type: 'count', ...atWarehouse, quantity: 9 })).toBe('ok');
    expect(await stage.hub.available('tea', 'W')).toBe(9);
  });

  test('of a transfer it tells what was done at its own place, and not at another', async () => {
    const hostile = await besieged();
    const id = stage.newId();
    await stage.hub.ask(dispatch(id, 4, { from: 'W' }));
    const none = { quantity: 0, received: 0, lost: 0, returned: 0, found: 0 };
    const totals = { ...none, received: 4, place: 'T' };
    const places = [{ ...none, received: 4, place: 'T' }];
    const details = { transferId: id, source: 'T', place: 'T', places, totals };
    const arrived = { type: 'arrive', from: 'transit', to: 'available', quantity: 4 };
    await hostile.say({ ...arrived, sku: 'tea', location: 'S', details });
    const transfer = await stage.hub.process.storage.queries.transfer(id);
    expect(transfer?.lines[0]?.places).toEqual([
      { ...none, place: 'W', quantity: 4 },
      { ...none, place: 'S', received: 4 },
    ]);
  });

  test('the books agree all the same', async () => {
    const hostile = await besieged();
    await hostile.say({ type: 'receive', ...atWarehouse, quantity: 8, available: 8 });
    const details = { peer: 'hub' };
    await hostile.say({ type: 'grant', ...atWarehouse, quantity: 5, to: 'transit', details });
    expect(await stage.findings()).toEqual([]);
  });
});

describe('a shop says nothing that only the hub may say', () => {
  test('who is to own how much', async () => {
    const hostile = await besieged();
    const policy = { hubShare: 1, floor: 5 };
    await hostile.say({ type: 'policy_changed', location: 'S', details: { peer: 'hub', policy } });
    expect((await stage.hub.linkTo('s1')).policy).toEqual(SHOP_KEEPS_ALL);
  });

  test('what another shop owns', async () => {
    const hostile = await besieged();
    const before = await stage.hub.share('s2', 'tea', 'T');
    const forged = { peer: 's2', location: 'T', granted: 99, available: -50 };
    await hostile.say({
      type: 'receive',
      sku: 'tea',
      location: 'S',
      quantity: 1,
      balances: forged,
    });
    expect(await stage.hub.share('s2', 'tea', 'T')).toEqual(before);
    expect(before?.available).toBe(7);
  });
});

describe('an entry that makes no sense ends the connection, and is not kept', () => {
  test.each([
    ['balances that are no numbers', { balances: { available: 'many' } }],
    ['no balances', { balances: undefined }],
    ['half a unit', { balances: { available: 0.5, reserved: 0, committed: 0, unavailable: 0 } }],
    ['a time that no calendar has', { time: 9_000_000_000_000_000 }],
    ['an account that there is not', { to: 'pocket' }],
    ['a request that is no text', { details: { request: 7 } }],
  ])('%s', async (_what, fields) => {
    const hostile = await besieged();
    await hostile.say({ type: 'receive', sku: 'tea', location: 'S', quantity: 1, ...fields });
    expect(hostile.isOpen).toBe(false);
    expect(await stage.hub.share('s1', 'tea', 'S')).toBeUndefined();
  });

  test.each([
    ['a name that is none', { name: 5, description: null, category: null, attributes: null }],
    ['attributes that are none', { name: 'x', description: null, category: null, attributes: 1 }],
  ])('a product with %s', async (_what, after) => {
    const hostile = await besieged();
    await hostile.say({ type: 'product_created', sku: 'new', details: { after } });
    expect(hostile.isOpen).toBe(false);
    expect(stage.hub.disk.tables.products.has('new')).toBe(false);
  });

  test('a product under a code that nobody may give', async () => {
    const hostile = await besieged();
    const after = { name: 'x', description: null, category: null, attributes: null };
    for (const sku of ['', ' tea', 'a'.repeat(200)]) {
      await hostile.say({ type: 'product_created', sku, details: { after } });
      expect(stage.hub.disk.tables.products.has(sku)).toBe(false);
    }
  });
});

test('a shop that sends on without waiting is cut off', async () => {
  const hostile = await besieged();
  stage.hub.onStep = (step) => (step === 'load' ? new Promise(() => undefined) : undefined);
  for (let sent = 0; sent < 30; sent++) {
    void hostile.say({ type: 'receive', sku: 'tea', location: 'S', quantity: 1 });
  }
  await stage.pass(100);
  expect(hostile.isOpen).toBe(true);
  for (let sent = 0; sent < 10; sent++) {
    void hostile.say({ type: 'receive', sku: 'tea', location: 'S', quantity: 1 });
  }
  await stage.pass(100);
  expect(hostile.isOpen).toBe(false);
  stage.hub.crash();
});
