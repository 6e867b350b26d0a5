import { afterEach, expect, test } from 'vitest';
import { SHOP_KEEPS_ALL, Stage } from '../support/nodes/stage.ts';
import { reserve } from '../support/nodes/testNode.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

const tea = { sku: 'tea', location: 'S' };

test('what comes back while the link is fenced makes good what the shop lacks before it is promised', async () => {
  stage = await Stage.open(['S']);
  const shop = await stage.addShop('s1', 'S', SHOP_KEEPS_ALL);
  await shop.receive('tea', 'S', 3);
  await stage.pass(1_000);
  const hold = reserve(stage.newId(), { ...tea, quantity: 3 });
  await stage.hub.ask({ ...hold, ttlSeconds: 20 } as typeof hold);
  await shop.ask({ type: 'sell', ...tea, quantity: 2, allowShortfall: true });
  await stage.pass(1_000);
  shop.cutOff();
  await stage.pass(1_000);
  const { session } = await stage.hub.linkTo('s1');
  const change = { fence: 'unproven', session: session + 1 } as const;
  await stage.hub.link({ type: 'updateLink', peer: 's1', session, change });
  await stage.pass(30_000);
  await shop.heal();
  expect(await stage.hub.available('tea', 'S')).toBe(3);
  expect(await stage.hub.reserve(stage.newId(), { ...tea, quantity: 3 })).toBe(
    'insufficient_stock',
  );
  await stage.pass(1_000);
  expect(await shop.available('tea', 'S')).toBe(0);
  expect(await stage.hub.available('tea', 'S')).toBe(1);
});
