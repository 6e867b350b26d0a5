import { afterEach, describe, expect, test } from 'vitest';
import { Stage } from '../support/nodes/stage.ts';
import type { TestNode } from '../support/nodes/testNode.ts';
import type { TestShop } from '../support/nodes/testShop.ts';
import { arrival, dispatch, standing } from '../support/nodes/transfers.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

/** Until both ends of each link find both logs whole, as an operator does who is asked to. */
async function reconcile(...shops: readonly TestShop[]): Promise<void> {
  for (const shop of shops) {
    for (let times = 0; times < 5 && !shop.isConnected; times++) {
      await stage.hub.reconcile(shop.name);
      await shop.heal();
    }
    expect(shop.isConnected).toBe(true);
  }
  await stage.pass(2_000);
}

async function sell(node: TestNode, quantity: number): Promise<void> {
  expect(await node.ask({ type: 'sell', sku: 'tea', location: 'S', quantity })).toBe('ok');
}

/**
 * A shop that has passed 3 of its 10 units on to the hub, has sold one, and was restored to before that sale. The copy of
 * the hub is of before it got the 3.
 */
async function restoredAfterLending() {
  stage = await Stage.open(['S']);
  const shop = await stage.addShop('s1', 'S');
  await shop.receive('tea', 'S', 10);
  await stage.pass(1_000);
  const ofHub = stage.hub.backup();
  await stage.hub.reserve(stage.newId(), { sku: 'tea', location: 'S', quantity: 3 });
  await stage.pass(1_000);
  const ofShop = shop.backup();
  await sell(shop, 1);
  await stage.pass(1_000);
  await shop.restore(ofShop);
  return { shop, ofHub };
}

describe('units that were passed on', () => {
  test('before a shop was restored are there once when the hub is restored after it', async () => {
    const { shop, ofHub } = await restoredAfterLending();
    await reconcile(shop);
    await stage.hub.restore(ofHub);
    await reconcile(shop);
    expect(await stage.unitsOf('tea')).toBe(9);
  });

  test('are there once when both are restored, and the hub has less of the log than the shop', async () => {
    const { shop, ofHub } = await restoredAfterLending();
    await stage.pass(5_000);
    expect((await shop.linkTo('hub')).fence).toBe('restored');
    await stage.hub.restore(ofHub);
    await reconcile(shop);
    // Of the sale nobody has heard who was not restored.
    expect(await stage.unitsOf('tea')).toBe(10);
    expect(await stage.hub.units('tea', 'S')).toMatchObject({ available: 0, reserved: 3 });
  });

  test('are there once when the hub has of the log what it was before the shop was restored', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S');
    await shop.receive('tea', 'S', 10);
    await stage.pass(1_000);
    const ofShop = shop.backup();
    await sell(shop, 1);
    await stage.pass(1_000);
    const ofHub = stage.hub.backup();
    await shop.restore(ofShop);
    await reconcile(shop);
    await stage.hub.reserve(stage.newId(), { sku: 'tea', location: 'S', quantity: 3 });
    await stage.pass(1_000);
    const later = shop.backup();
    await sell(shop, 1);
    await stage.pass(1_000);
    await shop.restore(later);
    await stage.pass(5_000);
    await stage.hub.restore(ofHub);
    await reconcile(shop);
    expect(await stage.unitsOf('tea')).toBe(9);
    expect(await stage.hub.units('tea', 'S')).toMatchObject({ available: 0, reserved: 3 });
  });
});

describe('goods that were sent by a shop which has lost that, and so has the hub', () => {
  /** The shop at S sends 4 units to T, whose shop hears of it; then the machines are as they were before. */
  async function forgotten(): Promise<{ s: TestShop; t: TestShop; id: string }> {
    stage = await Stage.open(['S', 'T']);
    const s = await stage.addShop('s1', 'S');
    const t = await stage.addShop('t1', 'T');
    await s.receive('tea', 'S', 10);
    await stage.pass(1_000);
    const ofHub = stage.hub.backup();
    const ofShop = s.backup();
    const id = stage.newId();
    expect(await s.ask(dispatch(id, 4))).toBe('in_transit');
    await stage.pass(1_000);
    await stage.hub.restore(ofHub);
    await s.restore(ofShop);
    return { s, t, id };
  }

  test('have left once the shop at the other end, which was told, has been heard', async () => {
    const { s, t, id } = await forgotten();
    await reconcile(s);
    expect(await s.available('tea', 'S')).toBe(10);
    await reconcile(t);
    expect(await s.available('tea', 'S')).toBe(6);
    for (const node of stage.nodes) {
      expect(await standing(node, id)).toBe('in_transit S > T tea 4 sent, 4 under way');
    }
  });

  test('have left once though they are booked again before', async () => {
    const { s, t, id } = await forgotten();
    await reconcile(s);
    expect(await s.ask(dispatch(id, 4))).toBe('in_transit');
    await reconcile(t);
    expect(await s.available('tea', 'S')).toBe(6);
    expect(await t.ask(arrival(id, 4))).toBe('received');
    await stage.pass(1_000);
    for (const node of stage.nodes) {
      expect(await standing(node, id)).toBe('received S > T tea 4 sent, 4 received');
    }
  });

  test('are told to a place that some came to astray, also after it has lost them', async () => {
    stage = await Stage.open(['S', 'T', 'U']);
    const s = await stage.addShop('s1', 'S');
    const t = await stage.addShop('t1', 'T');
    const u = await stage.addShop('u1', 'U');
    await s.receive('tea', 'S', 10);
    const ofU = u.backup();
    const id = stage.newId();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    expect(await u.ask(arrival(id, 3, { to: 'U' }))).toBe('unmatched');
    await stage.pass(1_000);
    const ofHub = stage.hub.backup();
    expect(await s.ask({ type: 'cancelTransfer', transferId: id })).toBe('received');
    await stage.pass(1_000);
    await stage.hub.restore(ofHub);
    await u.restore(ofU);
    await reconcile(t, u, s);
    for (const node of stage.nodes) {
      expect(await standing(node, id)).toBe('received S > T tea 4 sent, 3 received, 1 returned');
    }
  });

  test('are matched with all that came to the other end, of other kinds, too', async () => {
    stage = await Stage.open(['S', 'T'], ['tea', 'salt']);
    const s = await stage.addShop('s1', 'S');
    const t = await stage.addShop('t1', 'T');
    await s.receive('tea', 'S', 10);
    await stage.pass(1_000);
    const id = stage.newId();
    const ofShop = s.backup();
    const lines = [
      { sku: 'tea', quantity: 4 },
      { sku: 'salt', quantity: 2 },
    ];
    expect(await t.ask(arrival(id, 0, { to: 'T', lines }))).toBe('unmatched');
    await stage.pass(1_000);
    const ofHub = stage.hub.backup();
    expect(await s.ask(dispatch(id, 4))).toBe('in_transit');
    await stage.pass(1_000);
    await stage.hub.restore(ofHub);
    await s.restore(ofShop);
    await reconcile(t, s);
    const said = 'in_transit S > T salt 2 received, -2 under way; tea 4 sent, 4 received';
    for (const node of stage.nodes) expect(await standing(node, id)).toBe(said);
  });
});
