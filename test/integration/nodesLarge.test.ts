import { afterEach, describe, expect, test } from 'vitest';
import type { Line } from '../../src/domain/commands.ts';
import { RESERVATION_LINES_MAX } from '../../src/domain/limits.ts';
import { SHOP_KEEPS_ALL, Stage } from '../support/nodes/stage.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

/** A shop with one unit of each of many products, all its own. */
async function manyProducts(hubShare: number): Promise<TestShop> {
  const skus = Array.from({ length: RESERVATION_LINES_MAX }, (_, i) => `sku ${i}`);
  stage = await Stage.open(['S'], skus);
  const shop = await stage.addShop('s1', 'S', { ...SHOP_KEEPS_ALL, hubShare });
  await stage.pass(1_000);
  await shop.submit({
    items: skus.map((sku) => ({ command: { type: 'receive', sku, location: 'S', quantity: 1 } })),
  });
  await stage.pass(1_000);
  return shop;
}

function all(): Line[] {
  return Array.from({ length: RESERVATION_LINES_MAX }, (_, i) => {
    return { sku: `sku ${i}`, location: 'S', quantity: 1 };
  });
}

describe('a reservation of as many lines as there may be', () => {
  test('is borrowed as a whole', async () => {
    await manyProducts(0);
    expect(await stage.hub.reserve(stage.newId(), ...all())).toBe('held');
  });

  test('is handed over, and cancelled as a whole', async () => {
    const shop = await manyProducts(1);
    const id = stage.newId();
    expect(await stage.hub.reserve(id, ...all())).toBe('held');
    expect(await stage.hub.confirm(id)).toBe('confirmed');
    await stage.pass(1_000);
    expect((await shop.reservation(id))?.lines).toHaveLength(RESERVATION_LINES_MAX);
    expect(await stage.hub.cancel(id)).toBe('cancelled');
    expect((await stage.hub.reservation(id))?.status).toBe('cancelled');
  });
});
