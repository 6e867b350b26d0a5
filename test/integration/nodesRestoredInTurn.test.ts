import { afterEach, describe, expect, test } from 'vitest';
import { Stage } from '../support/nodes/stage.ts';
import type { TestNode } from '../support/nodes/testNode.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

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

describe('units that were passed on', () => {
  test('before a shop was restored are there once when the hub is restored after it', async () => {
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
    await reconcile(shop);
    await stage.hub.restore(ofHub);
    await reconcile(shop);
    expect(await stage.unitsOf('tea')).toBe(9);
  });
});
