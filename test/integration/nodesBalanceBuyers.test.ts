import { afterEach, describe, expect, test, vi } from 'vitest';
import { POLICIES } from '../../src/domain/links/policy.ts';
import { Stage } from '../support/nodes/stage.ts';
import type { TestNode } from '../support/nodes/testNode.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

let stage: Stage;

afterEach(async () => {
  vi.restoreAllMocks();
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

/** Moments after a sale, within the round in which a shop looks where units are to be. */
const MOMENTS_MS = Array.from({ length: 34 }, (_, index) => 30 * index);

/** A message takes so long that an answer comes in good time, and much may happen meanwhile. */
const UNDER_WAY_MS = 100;

/** A shop that owns four units of each SKU, as the hub does, and looks every second whether that is as it should be. */
async function evenShop(): Promise<TestShop> {
  const skus = MOMENTS_MS.map(skuOf);
  stage = await Stage.open(['S'], skus);
  stage.balanceMs = 1_000;
  const shop = await stage.addShop('s1', 'S', POLICIES.split);
  shop.wire.weather = { ...shop.wire.weather, delayMs: [UNDER_WAY_MS, UNDER_WAY_MS] };
  for (const sku of skus) await shop.receive(sku, 'S', 8);
  await stage.pass(20_000);
  return shop;
}

function skuOf(moment: number): string {
  return `sold ${moment} ms before`;
}

function buy(node: TestNode, sku: string, quantity: number): Promise<string> {
  return node.reserve(stage.newId(), { sku, location: 'S', quantity });
}

/** SKUs that the shop looks at from now on, each time that it does. */
function looks(shop: TestShop): readonly string[] {
  const { ledger } = shop.process.parts;
  const submit = ledger.submit.bind(ledger);
  const seen: string[] = [];
  vi.spyOn(ledger, 'submit').mockImplementation((work) => {
    const command = work.items[0]?.command;
    if (command?.type === 'balance') seen.push(...command.levels.map(({ sku }) => sku));
    return submit(work);
  });
  return seen;
}

describe('a buyer who waits for units of the other end finds those there that were there', () => {
  test('in a shop that has just found that the hub has too few', async () => {
    const shop = await evenShop();
    for (const moment of MOMENTS_MS) {
      const sku = skuOf(moment);
      expect(await buy(stage.hub, sku, 3)).toBe('held');
      await stage.pass(moment);
      expect(`${moment}: ${await buy(shop, sku, 5)}`).toBe(`${moment}: held`);
      await stage.pass(1_000);
    }
  });

  test('at a hub of which the shop has just asked what it has too many of', async () => {
    const shop = await evenShop();
    for (const moment of MOMENTS_MS) {
      const sku = skuOf(moment);
      expect(await buy(shop, sku, 3)).toBe('held');
      await stage.pass(moment);
      expect(`${moment}: ${await buy(stage.hub, sku, 5)}`).toBe(`${moment}: held`);
      await stage.pass(1_000);
    }
  });

  test('for what is asked for is looked at again only when the buyer has long been served', async () => {
    const shop = await evenShop();
    const seen = looks(shop);
    const [asked, sold] = [skuOf(0), skuOf(30)];
    expect(await buy(shop, asked, 5)).toBe('held');
    expect(await buy(shop, sold, 1)).toBe('held');
    await stage.pass(5_000);
    expect([...new Set(seen)]).toEqual([sold]);
    await stage.pass(10_000);
    expect(seen).toContain(asked);
  });
});
