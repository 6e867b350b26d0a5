import { afterEach, describe, expect, test } from 'vitest';
import { SHOP_KEEPS_ALL, Stage } from '../support/nodes/stage.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

const tea = { sku: 'tea', location: 'S' };

/** A shop that has handed over three units more than there were, as the hub knows, and is gone. */
async function goneWithShortfall(): Promise<void> {
  stage = await Stage.open(['S']);
  const shop = await stage.addShop('s1', 'S', SHOP_KEEPS_ALL);
  await shop.ask({ type: 'sell', ...tea, quantity: 3, allowShortfall: true });
  await stage.pass(1_000);
  expect((await stage.hub.share('s1', 'tea', 'S'))?.available).toBe(-3);
  shop.crash();
}

describe('what a node owed that was given up for lost is owed by nobody', () => {
  test('goods that come in are not passed to it', async () => {
    await goneWithShortfall();
    await stage.hub.retire('s1');
    await stage.hub.receive('tea', 'S', 10);
    expect(await stage.hub.available('tea', 'S')).toBe(10);
  });

  test('a count finds what is there', async () => {
    await goneWithShortfall();
    await stage.hub.retire('s1');
    await stage.hub.ask({ type: 'count', ...tea, quantity: 10 });
    expect(await stage.hub.available('tea', 'S')).toBe(10);
  });

  test('nor is anything passed to it before it is written off', async () => {
    await goneWithShortfall();
    await stage.hub.link({ type: 'retireNode', peer: 's1' });
    await stage.hub.receive('tea', 'S', 10);
    expect(await stage.hub.available('tea', 'S')).toBe(10);
    await stage.hub.ask({ type: 'adjust', ...tea, quantity: -10 });
    await stage.hub.retire('s1');
  });

  test('the product and the location may go', async () => {
    await goneWithShortfall();
    await stage.hub.retire('s1');
    expect(await stage.hub.ask({ type: 'deleteProduct', sku: 'tea' })).toBe('ok');
    expect(await stage.hub.ask({ type: 'deleteLocation', location: 'S' })).toBe('ok');
  });
});
