import { afterEach, describe, expect, test } from 'vitest';
import { Stage } from '../support/nodes/stage.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

/** A hub with one shop that has received `quantity` units of tea after it has joined. */
async function shopWith(quantity: number, hubShare: number, floor = 0) {
  stage = await Stage.open(['S']);
  const shop = await stage.addShop('s1', 'S', { hubShare, floor });
  if (quantity > 0) await shop.receive('tea', 'S', quantity);
  await stage.pass(1_000);
  return shop;
}

describe('the policy splits what comes in', () => {
  test.each([
    { hubShare: 0, floor: 0, shopHas: 10, hubHas: 0 },
    { hubShare: 0.3, floor: 0, shopHas: 7, hubHas: 3 },
    { hubShare: 1, floor: 0, shopHas: 0, hubHas: 10 },
    { hubShare: 1, floor: 4, shopHas: 4, hubHas: 6 },
    { hubShare: 0.3, floor: 9, shopHas: 9, hubHas: 1 },
    { hubShare: 1, floor: 50, shopHas: 10, hubHas: 0 },
  ])(
    'hub share $hubShare, floor $floor: the shop has $shopHas of 10, the hub $hubHas',
    async (row) => {
      const shop = await shopWith(10, row.hubShare, row.floor);
      expect(await shop.available('tea', 'S')).toBe(row.shopHas);
      expect(await stage.hub.available('tea', 'S')).toBe(row.hubHas);
      expect((await stage.hub.share('s1', 'tea', 'S'))?.available).toBe(row.shopHas);
    },
  );

  test('again when goods come in, and not for what buyers give back or what was borrowed', async () => {
    const shop = await shopWith(10, 0.5);
    await shop.ask({ type: 'sell', sku: 'tea', location: 'S', quantity: 4 });
    await stage.pass(1_000);
    expect(await stage.hub.available('tea', 'S')).toBe(5);
    const id = stage.newId();
    await shop.reserve(id, { sku: 'tea', location: 'S', quantity: 3 });
    await shop.cancel(id);
    await stage.pass(1_000);
    expect(await shop.available('tea', 'S')).toBe(3);
    expect(await stage.hub.available('tea', 'S')).toBe(3);
    await shop.receive('tea', 'S', 4);
    await stage.pass(1_000);
    expect(await shop.available('tea', 'S')).toBe(5);
    expect(await stage.hub.available('tea', 'S')).toBe(5);
  });

  test('as it is changed at the hub, from then on', async () => {
    const shop = await shopWith(10, 0);
    const { session } = await stage.hub.linkTo('s1');
    const policy = { hubShare: 1, floor: 12 };
    await stage.hub.link({ type: 'updateLink', peer: 's1', session, change: { policy } });
    await stage.pass(3_000);
    expect((await shop.linkTo('hub')).policy).toEqual(policy);
    await shop.receive('tea', 'S', 5);
    await stage.pass(1_000);
    expect(await shop.available('tea', 'S')).toBe(12);
    expect(await stage.hub.available('tea', 'S')).toBe(3);
  });

  test('and what gave no reason is not looked through again at each session, however much it was', async () => {
    const shop = await shopWith(0, 0.5);
    await stage.addLocation('W');
    const { position: before } = await stage.hub.process.storage.queries.head();
    const command = { type: 'receive', sku: 'tea', location: 'W', quantity: 1 } as const;
    for (let batch = 0; batch < 21; batch++) {
      await stage.hub.submit({ items: Array.from({ length: 500 }, () => ({ command })) });
      await stage.pass(1_000);
    }
    const { considered } = await stage.hub.linkTo(shop.name);
    expect(considered).toBeGreaterThanOrEqual(before + 9_000);
    await shop.receive('tea', 'S', 10);
    await stage.pass(1_000);
    expect(await stage.hub.available('tea', 'S')).toBe(5);
  });

  test('not while the shop is cut off: units on their way to nobody can be sold by nobody', async () => {
    const shop = await shopWith(0, 0.5);
    shop.cutOff();
    await stage.pass(20_000);
    await shop.receive('tea', 'S', 10);
    await stage.pass(5_000);
    expect(await shop.available('tea', 'S')).toBe(10);
    await shop.heal();
    expect(await shop.available('tea', 'S')).toBe(5);
    expect(await stage.hub.available('tea', 'S')).toBe(5);
  });
});
