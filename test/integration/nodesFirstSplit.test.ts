import { afterEach, describe, expect, test } from 'vitest';
import { Stage } from '../support/nodes/stage.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

const tea = { sku: 'tea', location: 'S' };

/** A location with 10 units, 4 of them unavailable, that gets a node after that. */
async function withDamaged(): Promise<TestShop> {
  stage = await Stage.open(['S']);
  await stage.hub.receive('tea', 'S', 10);
  await stage.hub.ask({ type: 'quarantine', ...tea, quantity: 4 });
  return stage.addShop('s1', 'S', { hubShare: 0.5, floor: 0 });
}

describe('what is unavailable when a location gets a node', () => {
  test('is restored in the shop, which has it in its hands', async () => {
    const shop = await withDamaged();
    expect(await shop.ask({ type: 'restore', ...tea, quantity: 4 })).toBe('ok');
    await stage.pass(1_000);
    expect(await stage.unitsOf('tea')).toBe(10);
  });

  test('is counted with the rest', async () => {
    const shop = await withDamaged();
    expect(await shop.ask({ type: 'count', ...tea, quantity: 10 })).toBe('ok');
    expect(await shop.available('tea', 'S')).toBe(3);
    expect(await stage.hub.available('tea', 'S')).toBe(3);
  });
});
