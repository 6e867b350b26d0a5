import { afterEach, describe, expect, test } from 'vitest';
import { Stage } from '../support/nodes/stage.ts';
import { product, type TestNode } from '../support/nodes/testNode.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

function put(node: TestNode, sku: string, name: string): Promise<string> {
  return node.ask({ type: 'putProduct', sku, content: product(name) });
}

function productAt(node: TestNode, sku: string) {
  return node.disk.tables.products.get(sku);
}

describe('the hub writes the catalogue', () => {
  test('and every shop has a copy, which it cannot change', async () => {
    stage = await Stage.open(['S', 'T']);
    const shops = [await stage.addShop('s1', 'S'), await stage.addShop('t1', 'T')];
    await put(stage.hub, 'tea', 'Green tea');
    await put(stage.hub, 'milk', 'Milk');
    await stage.pass(1_000);
    for (const shop of shops) {
      expect(productAt(shop, 'tea')).toMatchObject({ name: 'Green tea', node: 'hub' });
      expect(productAt(shop, 'milk')).toMatchObject({ name: 'Milk', node: 'hub' });
      expect(await put(shop, 'tea', 'Our tea')).toBe('catalogue_elsewhere');
      expect(await shop.ask({ type: 'deleteProduct', sku: 'tea' })).toBe('catalogue_elsewhere');
    }
  });

  test('a shop cannot add, change or remove a location', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S');
    const content = { name: 'Mine', kind: 'store', attributes: null } as const;
    expect(await shop.ask({ type: 'putLocation', location: 'M', content })).toBe(
      'catalogue_elsewhere',
    );
    expect(await shop.ask({ type: 'deleteLocation', location: 'S' })).toBe('catalogue_elsewhere');
  });

  test('a location that is added, renamed or given to a shop is so everywhere', async () => {
    stage = await Stage.open(['S', 'T']);
    const shop = await stage.addShop('s1', 'S');
    expect(shop.disk.tables.locations.get('T')?.node).toBe('hub');
    await stage.addShop('t1', 'T');
    const content = { name: 'Main street', kind: 'store', attributes: null } as const;
    await stage.hub.ask({ type: 'putLocation', location: 'T', content });
    await stage.hub.ask({ type: 'putLocation', location: 'S', content });
    await stage.pass(1_000);
    expect(shop.disk.tables.locations.get('T')).toMatchObject({ name: 'Main street', node: 't1' });
    expect(shop.disk.tables.locations.get('S')).toEqual({ location: 'S', ...content });
    expect(await shop.receive('tea', 'T', 1)).toBe('custody_elsewhere');
    expect(await shop.receive('tea', 'S', 1)).toBe('ok');
  });
});

describe('a product that a shop adds while it is cut off', () => {
  test('is sold at once, and becomes one of the chain', async () => {
    stage = await Stage.open(['S', 'T']);
    const shop = await stage.addShop('s1', 'S', { hubShare: 0.5, floor: 0 });
    const other = await stage.addShop('t1', 'T');
    shop.cutOff();
    expect(await put(shop, 'jam', 'Jam')).toBe('ok');
    expect(await shop.receive('jam', 'S', 4)).toBe('ok');
    expect(await put(shop, 'jam', 'Plum jam')).toBe('ok');
    await shop.heal();
    expect(productAt(stage.hub, 'jam')).toMatchObject({ sku: 'jam' });
    expect(await stage.hub.available('jam', 'S')).toBe(2);
    expect(productAt(other, 'jam')).toMatchObject({ node: 'hub' });
    expect(productAt(shop, 'jam')).toMatchObject({ node: 'hub' });
    expect(productAt(shop, 'jam')?.name).toBe(productAt(stage.hub, 'jam')?.name);
    expect(await put(shop, 'jam', 'Jam again')).toBe('catalogue_elsewhere');
  });

  test("gives way to the hub's product of that name", async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S');
    shop.cutOff();
    await put(shop, 'jam', 'Our jam');
    await put(stage.hub, 'jam', 'Jam of the chain');
    await shop.heal();
    expect(productAt(shop, 'jam')).toMatchObject({ name: 'Jam of the chain', node: 'hub' });
    expect(productAt(stage.hub, 'jam')?.name).toBe('Jam of the chain');
  });

  test('is that of the shop that is heard first, where two add it', async () => {
    stage = await Stage.open(['S', 'T']);
    const [one, two] = [await stage.addShop('s1', 'S'), await stage.addShop('t1', 'T')];
    for (const shop of [one, two]) {
      shop.cutOff();
      await put(shop, 'jam', `Jam of ${shop.name}`);
      await shop.receive('jam', shop.location, 1);
    }
    await two.heal();
    await one.heal();
    await stage.pass(1_000);
    for (const node of [stage.hub, one, two]) {
      expect(productAt(node, 'jam')?.name).toBe('Jam of t1');
    }
    expect((await stage.hub.share('s1', 'jam', 'S'))?.available).toBe(1);
  });
});
