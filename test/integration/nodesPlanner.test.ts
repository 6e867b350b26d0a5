import { afterEach, describe, expect, test, vi } from 'vitest';
import { type LinkPolicy, POLICIES } from '../../src/domain/links/policy.ts';
import { Stage } from '../support/nodes/stage.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

let stage: Stage;

afterEach(async () => {
  vi.restoreAllMocks();
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

/** More than are looked at in one round. */
const SKUS = Array.from({ length: 350 }, (_, index) => `sku ${index}`);

/** A shop that plans every second, and owns one unit of each SKU. */
async function shopWithAll(): Promise<TestShop> {
  stage = await Stage.open(['S'], SKUS);
  stage.balanceMs = 1_000;
  const shop = await stage.addShop('s1', 'S', POLICIES.shop);
  for (const sku of SKUS) await shop.receive(sku, 'S', 1);
  await stage.pass(20_000);
  return shop;
}

async function setPolicy(policy: LinkPolicy): Promise<void> {
  const { session } = await stage.hub.linkTo('s1');
  await stage.hub.link({ type: 'updateLink', peer: 's1', session, change: { policy } });
}

function atHub(): number {
  const { levels } = stage.hub.disk.tables;
  return [...levels.values()].reduce((units, { available }) => units + available, 0);
}

describe('a new policy reaches every level', () => {
  test('over a line that breaks again and again', async () => {
    const shop = await shopWithAll();
    await setPolicy(POLICIES.hub);
    for (let session = 0; session < 60; session++) {
      await stage.pass(4_000);
      shop.wire.sever();
    }
    expect(atHub()).toBe(SKUS.length);
  });

  test('that comes in the middle of a look at all levels', async () => {
    const shop = await shopWithAll();
    const { store } = shop.process.parts;
    const levels = store.levels.bind(store);
    let resume = () => undefined as unknown;
    const paused = new Promise((resolve) => {
      resume = () => resolve(undefined);
    });
    await setPolicy({ hubShare: 0, floor: 1 });
    vi.spyOn(store, 'levels').mockImplementationOnce(async (selection) => {
      await paused;
      return levels({ ...selection, after: { sku: SKUS.at(-1) ?? '', location: 'S' } });
    });
    await stage.pass(1_500);
    await setPolicy(POLICIES.hub);
    await stage.pass(1_500);
    resume();
    await stage.pass(60_000);
    expect(atHub()).toBe(SKUS.length);
  });

  test('though the ledger was away when it was to move units', async () => {
    const shop = await shopWithAll();
    const { ledger } = shop.process.parts;
    const submit = ledger.submit.bind(ledger);
    let refused = 0;
    vi.spyOn(ledger, 'submit').mockImplementation((work) => {
      const isFirst = work.items[0]?.command.type === 'balance' && refused < 2;
      if (!isFirst) return submit(work);
      refused += 1;
      return Promise.reject(new Error('the database is away'));
    });
    await setPolicy(POLICIES.hub);
    await stage.pass(60_000);
    expect(refused).toBe(2);
    expect(atHub()).toBe(SKUS.length);
  });

  test('of a product that comes under the policy of another category', async () => {
    await shopWithAll();
    const exceptions = [{ of: 'category', name: 'dairy', ...POLICIES.hub }] as const;
    await setPolicy({ ...POLICIES.shop, exceptions });
    await stage.pass(60_000);
    expect(atHub()).toBe(0);
    const content = { name: 'milk', description: null, category: 'dairy', attributes: null };
    await stage.hub.ask({ type: 'putProduct', sku: 'sku 7', content });
    await stage.pass(5_000);
    expect(atHub()).toBe(1);
    expect(await stage.hub.available('sku 7', 'S')).toBe(1);
  });
});
