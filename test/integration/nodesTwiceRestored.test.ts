import { afterEach, describe, expect, test } from 'vitest';
import { concerns } from '../../src/nodes/concerns.ts';
import { Stage } from '../support/nodes/stage.ts';
import type { TestShop } from '../support/nodes/testShop.ts';
import { arrival, dispatch, standing } from '../support/nodes/transfers.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

/** A hub that owns half of the 20 units of tea at the place of its shop, and a place of its own. */
async function chain(): Promise<TestShop> {
  stage = await Stage.open(['S', 'X']);
  const shop = await stage.addShop('s1', 'S', { hubShare: 0.5, floor: 0 });
  await shop.receive('tea', 'S', 20);
  await stage.pass(2_000);
  return shop;
}

/** The shop sells more than it has, so the hub passes units to it. */
async function sell(shop: TestShop, quantity: number): Promise<void> {
  const line = { sku: 'tea', location: 'S', quantity };
  expect(await shop.ask({ type: 'sell', ...line })).toBe('ok');
  await stage.pass(2_000);
}

/** Until both find both logs whole, as an operator does who is asked to. */
async function reconcile(shop: TestShop): Promise<void> {
  for (let times = 0; times < 5 && !shop.isConnected; times++) {
    await stage.hub.reconcile(shop.name);
    await shop.heal();
  }
  expect(shop.isConnected).toBe(true);
  await stage.pass(2_000);
}

/** Positions of what each end has of the hub's log. */
async function hubsLog(shop: TestShop) {
  const link = await stage.hub.linkTo(shop.name);
  const entries = stage.hub.disk.tables.events.filter((event) => concerns(link, event));
  const page = { peer: 'hub', after: 0, limit: 1_000 };
  const copy = await shop.process.storage.queries.mirrored(page);
  return { entries, copy };
}

describe('a shop that is restored after its hub was', () => {
  test('to a copy of what the hub has lost follows the log that the hub has now', async () => {
    const shop = await chain();
    const ofHub = stage.hub.backup();
    await sell(shop, 12);
    const ofShop = shop.backup();
    await stage.hub.restore(ofHub);
    await reconcile(shop);
    await sell(shop, 3);
    await sell(shop, 2);
    await shop.restore(ofShop);
    await reconcile(shop);
    const { entries, copy } = await hubsLog(shop);
    expect(copy).toEqual(entries);
    expect(await stage.unitsOf('tea')).toBe(3);
  });

  test('to less than the hub remembers to have told it hears the rest again', async () => {
    const shop = await chain();
    const ofShop = shop.backup();
    await sell(shop, 12);
    const ofHub = stage.hub.backup();
    await sell(shop, 1);
    await stage.hub.restore(ofHub);
    await stage.pass(10_000);
    await shop.restore(ofShop);
    await reconcile(shop);
    const { entries, copy } = await hubsLog(shop);
    expect(copy).toEqual(entries);
  });
});

describe('goods of a transfer that were booked by a machine that is restored', () => {
  test('at a place of the hub, and told of when the shop said that it had sent them', async () => {
    const shop = await chain();
    const ofHub = stage.hub.backup();
    const id = stage.newId();
    expect(await stage.hub.ask(arrival(id, 2, { to: 'X' }))).toBe('unmatched');
    expect(await shop.ask(dispatch(id, 2, { to: 'X' }))).toBe('in_transit');
    await stage.pass(2_000);
    await stage.hub.restore(ofHub);
    await reconcile(shop);
    expect(await stage.hub.available('tea', 'X')).toBe(2);
    expect(await standing(stage.hub, id)).toBe('received S > X tea 2 sent, 2 received');
    expect(await stage.unitsOf('tea')).toBe(20);
  });

  test('in a shop, as missed, before it has heard anew that they were sent', async () => {
    const shop = await chain();
    await stage.hub.receive('tea', 'X', 5);
    const ofShop = shop.backup();
    const id = stage.newId();
    await stage.hub.ask(dispatch(id, 4, { from: 'X', to: 'S' }));
    await stage.pass(2_000);
    expect(await shop.ask(arrival(id, 0, { reason: 'all broken' }))).toBe('received');
    await stage.pass(2_000);
    await shop.restore(ofShop);
    await reconcile(shop);
    const missed = shop.disk.tables.events.filter(({ type }) => type === 'discrepancy');
    expect(missed).toMatchObject([{ quantity: 4, from: 'transit', to: 'shrinkage' }]);
    expect(await standing(shop, id)).toBe('received X > S tea 4 sent, 4 lost');
  });
});

test('a shop has the policy of a hub that was restored to before another one was set', async () => {
  const shop = await chain();
  const ofHub = stage.hub.backup();
  const { session } = await stage.hub.linkTo('s1');
  const policy = { hubShare: 1, floor: 0 };
  await stage.hub.link({ type: 'updateLink', peer: 's1', session, change: { policy } });
  await stage.pass(2_000);
  expect((await shop.linkTo('hub')).policy).toEqual(policy);
  await stage.hub.restore(ofHub);
  await reconcile(shop);
  const known = { hubShare: 0.5, floor: 0 };
  expect((await stage.hub.linkTo('s1')).policy).toEqual(known);
  expect((await shop.linkTo('hub')).policy).toEqual(known);
});
