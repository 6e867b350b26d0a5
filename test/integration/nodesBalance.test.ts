import { afterEach, describe, expect, test } from 'vitest';
import { type LinkPolicy, POLICIES } from '../../src/domain/links/policy.ts';
import { isOfNewUnits } from '../../src/domain/links/reasons.ts';
import { Stage } from '../support/nodes/stage.ts';
import type { TestNode } from '../support/nodes/testNode.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

/** A hub with one shop that plans every second and has received `quantity` units of each SKU. */
async function shopWith(quantity: number, policy: LinkPolicy, skus = ['tea']): Promise<TestShop> {
  stage = await Stage.open(['S'], skus);
  stage.balanceMs = 1_000;
  const shop = await stage.addShop('s1', 'S', policy);
  for (const sku of skus) await shop.receive(sku, 'S', quantity);
  await stage.pass(5_000);
  return shop;
}

async function ends(shop: TestShop, sku = 'tea') {
  return { hub: await stage.hub.available(sku, 'S'), shop: await shop.available(sku, 'S') };
}

/** Holds units at a node for a moment and lets them go. */
async function visit(node: TestNode, quantity: number): Promise<string> {
  const id = stage.newId();
  const answer = await node.reserve(id, { sku: 'tea', location: 'S', quantity });
  if (answer === 'held') await node.cancel(id);
  return answer;
}

async function sell(node: TestNode, quantity: number): Promise<void> {
  expect(await node.reserve(stage.newId(), { sku: 'tea', location: 'S', quantity })).toBe('held');
}

async function setPolicy(policy: LinkPolicy): Promise<void> {
  const { session } = await stage.hub.linkTo('s1');
  await stage.hub.link({ type: 'updateLink', peer: 's1', session, change: { policy } });
}

/** What the plan has passed on, or asked for. */
function moves(node: TestNode): number {
  return node.disk.tables.events.filter(({ type, details }) => {
    const { reason } = details ?? {};
    if (reason === undefined || isOfNewUnits(reason)) return false;
    return type === 'share_wanted' || type === 'grant';
  }).length;
}

describe('what was borrowed and given back goes to where it is to be at rest', () => {
  test('to the hub, where it owns all', async () => {
    const shop = await shopWith(6, POLICIES.hub);
    expect(await ends(shop)).toEqual({ hub: 6, shop: 0 });
    expect(await visit(shop, 2)).toBe('held');
    await stage.pass(15_000);
    expect(await ends(shop)).toEqual({ hub: 6, shop: 0 });
  });

  test('to the shop, where it owns all', async () => {
    const shop = await shopWith(6, POLICIES.shop);
    expect(await visit(stage.hub, 2)).toBe('held');
    await stage.pass(15_000);
    expect(await ends(shop)).toEqual({ hub: 0, shop: 6 });
  });

  test('not while the line is cut, and when it is healed', async () => {
    const shop = await shopWith(6, POLICIES.shop);
    const id = stage.newId();
    await stage.hub.reserve(id, { sku: 'tea', location: 'S', quantity: 2 });
    shop.cutOff();
    await stage.hub.cancel(id);
    await stage.pass(60_000);
    expect(await ends(shop)).toEqual({ hub: 2, shop: 4 });
    await shop.heal();
    expect(await ends(shop)).toEqual({ hub: 0, shop: 6 });
  });
});

describe('an adaptive policy', () => {
  test('moves nothing before anybody has asked for it', async () => {
    const shop = await shopWith(10, POLICIES.adaptive);
    await stage.pass(60_000);
    expect(await ends(shop)).toEqual({ hub: 5, shop: 5 });
    expect(moves(shop)).toBe(0);
  });

  test('moves units to the end that sells, and says why', async () => {
    const shop = await shopWith(20, POLICIES.adaptive);
    for (let i = 0; i < 8; i++) await sell(stage.hub, 1);
    await stage.pass(30_000);
    expect((await ends(shop)).hub).toBeGreaterThanOrEqual(10);
    const reasons = stage.hub.disk.tables.events.flatMap(({ type, details }) =>
      type === 'accept' && details?.peer === 's1' ? [details.reason] : [],
    );
    expect(reasons).toEqual([
      "newly shared; policy: the hub's part is 0.5, floor 0",
      ...reasons.slice(1).map(() => expect.stringMatching(/^expected demand: .* at the hub/)),
    ]);
    expect(reasons.length).toBeGreaterThan(1);
  });

  test('follows demand that turns', async () => {
    const shop = await shopWith(20, POLICIES.adaptive);
    for (let i = 0; i < 3; i++) await sell(stage.hub, 1);
    await stage.pass(30_000);
    for (let i = 0; i < 12; i++) await sell(shop, 1);
    await stage.pass(30_000);
    expect((await ends(shop)).shop).toBeGreaterThanOrEqual((await ends(shop)).hub);
  });

  test('comes to rest: a thousand visits of both ends move units a few times', async () => {
    const shop = await shopWith(10, POLICIES.adaptive);
    for (let i = 0; i < 500; i++) {
      await visit(shop, 1);
      await visit(stage.hub, 1);
      await stage.pass(500);
    }
    await stage.pass(30_000);
    expect(moves(shop)).toBeLessThan(20);
  });

  test('remembers what was asked for when the shop starts again', async () => {
    const shop = await shopWith(20, POLICIES.adaptive);
    shop.cutOff();
    for (let i = 0; i < 4; i++) await sell(stage.hub, 1);
    await shop.restart();
    await shop.heal();
    await stage.pass(10_000);
    await shop.restart();
    await shop.receive('tea', 'S', 10);
    await stage.pass(5_000);
    expect((await ends(shop)).hub).toBeGreaterThanOrEqual(20);
  });

  test('counts what the shop asked for in vain', async () => {
    const shop = await shopWith(10, POLICIES.adaptive);
    shop.cutOff();
    await stage.pass(20_000);
    for (let i = 0; i < 5; i++) expect(await visit(shop, 6)).toBe('insufficient_stock');
    await shop.heal();
    expect((await ends(shop)).shop).toBeGreaterThanOrEqual(8);
  });
});

describe('a policy that is changed', () => {
  test('moves what is there, a bounded number of levels a second', async () => {
    const skus = Array.from({ length: 500 }, (_, i) => `sku-${String(i).padStart(3, '0')}`);
    const shop = await shopWith(4, POLICIES.shop, skus);
    await setPolicy(POLICIES.hub);
    await stage.pass(1_500);
    const early = moves(shop);
    expect(early).toBeGreaterThan(0);
    expect(early).toBeLessThanOrEqual(400);
    await stage.pass(20_000);
    for (const sku of skus) expect(await ends(shop, sku)).toEqual({ hub: 4, shop: 0 });
  });

  test('for one SKU or one category, moves these only', async () => {
    const shop = await shopWith(4, POLICIES.shop, ['tea', 'milk', 'cheese', 'bread']);
    for (const sku of ['milk', 'cheese']) {
      const content = { name: sku, description: null, category: 'dairy', attributes: null };
      await stage.hub.ask({ type: 'putProduct', sku, content });
    }
    await setPolicy({
      ...POLICIES.shop,
      exceptions: [
        { of: 'category', name: 'dairy', ...POLICIES.hub },
        { of: 'sku', name: 'cheese', ...POLICIES.split },
      ],
    });
    await stage.pass(20_000);
    expect(await ends(shop, 'milk')).toEqual({ hub: 4, shop: 0 });
    expect(await ends(shop, 'cheese')).toEqual({ hub: 2, shop: 2 });
    expect(await ends(shop, 'bread')).toEqual({ hub: 0, shop: 4 });
    await shop.receive('milk', 'S', 3);
    await stage.pass(5_000);
    expect(await ends(shop, 'milk')).toEqual({ hub: 7, shop: 0 });
  });
});

test('a shop that is told to move none leaves all where it is', async () => {
  const shop = await shopWith(6, POLICIES.shop);
  stage.balanceMs = 0;
  await shop.restart();
  await stage.pass(5_000);
  expect(await visit(stage.hub, 2)).toBe('held');
  await stage.pass(60_000);
  expect(await ends(shop)).toEqual({ hub: 2, shop: 4 });
});
