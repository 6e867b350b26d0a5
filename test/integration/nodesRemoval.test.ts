import { afterEach, describe, expect, it } from 'vitest';
import type { NoticeType } from '../../src/domain/events.ts';
import type { Outcome } from '../../src/ledger/outcome.ts';
import { Stage } from '../support/nodes/stage.ts';
import { product, type TestNode } from '../support/nodes/testNode.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

const REMOVE = { type: 'deleteProduct', sku: 'tea' } as const;
const PUT = { type: 'putProduct', sku: 'tea', content: product('tea') } as const;

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

/** A hub with a shop at each of two locations. */
async function twoShops(): Promise<readonly [north: TestShop, south: TestShop]> {
  stage = await Stage.open(['north', 'south']);
  return [await stage.addShop('shop-n', 'north'), await stage.addShop('shop-s', 'south')];
}

async function remove(): Promise<Outcome | undefined> {
  const answer = await stage.hub.submit({ items: [{ command: REMOVE }] });
  return answer.kind === 'done' ? answer.items[0]?.outcome : undefined;
}

function productAt(node: TestNode, sku = 'tea') {
  return node.process.storage.queries.product(sku);
}

/** Whether each node that runs has the product in its catalogue. */
async function known(): Promise<Record<string, boolean>> {
  const found = stage.nodes.map(async (node) => [node.name, !!(await productAt(node))] as const);
  return Object.fromEntries(await Promise.all(found));
}

const EVERYWHERE = { hub: true, 'shop-n': true, 'shop-s': true };
const NOWHERE = { hub: false, 'shop-n': false, 'shop-s': false };

function notices(node: TestNode, type: NoticeType) {
  return node.disk.tables.events.filter((event) => event.type === type);
}

describe('a product of a chain is removed', () => {
  it('at once where there are no shops', async () => {
    stage = await Stage.open([]);
    expect(await remove()).toEqual({ kind: 'removed' });
    expect(await known()).toEqual({ hub: false });
  });

  it('when every shop has said that it has none of it', async () => {
    await twoShops();
    expect(await remove()).toEqual({ kind: 'removing', waitsFor: ['shop-n', 'shop-s'] });
    await stage.pass(1_000);
    expect(await known()).toEqual(NOWHERE);
    expect(notices(stage.hub, 'removal_cleared')).toHaveLength(2);
    expect(await remove()).toMatchObject({ refusal: { code: 'product_not_found' } });
  });

  it('once all of it was sold', async () => {
    const [north] = await twoShops();
    await north.receive('tea', 'north', 2);
    await stage.pass(1_000);
    await north.ask({ type: 'sell', sku: 'tea', location: 'north', quantity: 2 });
    await stage.pass(1_000);
    await remove();
    await stage.pass(1_000);
    expect(await known()).toEqual(NOWHERE);
  });

  it('not while a shop is cut off, and then when it is back', async () => {
    const [, south] = await twoShops();
    south.cutOff();
    await remove();
    await stage.pass(30_000);
    expect(await remove()).toEqual({ kind: 'removing', waitsFor: ['shop-s'] });
    expect(await productAt(stage.hub)).toMatchObject({ removal: ['shop-n'] });
    expect(await known()).toEqual({ ...EVERYWHERE, 'shop-n': false });
    expect(notices(stage.hub, 'removal_asked')).toHaveLength(1);
    await south.heal();
    expect(await known()).toEqual(NOWHERE);
  });

  it('without a shop that was given up for lost', async () => {
    const [, south] = await twoShops();
    south.cutOff();
    await remove();
    await stage.pass(1_000);
    await stage.hub.retire('shop-s');
    expect(await remove()).toEqual({ kind: 'removed' });
  });

  it('by a shop that joins meanwhile, too', async () => {
    const [, south] = await twoShops();
    south.cutOff();
    await remove();
    await stage.addLocation('west');
    const west = await stage.addShop('shop-w', 'west');
    expect(await remove()).toEqual({ kind: 'removing', waitsFor: ['shop-s'] });
    expect(await productAt(west)).toBeUndefined();
    await south.heal();
    expect(await known()).toEqual({ ...NOWHERE, 'shop-w': false });
  });

  it('when it is asked for again after a hub that stopped before the end', async () => {
    const [, south] = await twoShops();
    south.cutOff();
    await remove();
    await stage.pass(1_000);
    stage.hub.onStep = (step) => {
      const isTold = notices(stage.hub, 'removal_cleared').length === 2;
      if (step === 'load' && isTold && stage.hub.isRunning) stage.hub.crash();
    };
    await south.heal();
    stage.hub.onStep = () => undefined;
    await stage.hub.start();
    expect(await productAt(stage.hub)).toMatchObject({ removal: ['shop-n', 'shop-s'] });
    expect(await remove()).toEqual({ kind: 'removed' });
    await stage.pass(30_000);
    expect(await known()).toEqual(NOWHERE);
  });
});

describe('a product stays in the chain', () => {
  it('where a shop has some that the hub does not know of, and the shops that had none have it again', async () => {
    const [, south] = await twoShops();
    south.cutOff();
    await south.receive('tea', 'south', 3);
    await remove();
    await stage.pass(1_000);
    expect(await known()).toEqual({ ...EVERYWHERE, 'shop-n': false });
    await south.heal();
    expect(notices(stage.hub, 'removal_kept')).toMatchObject([
      { details: { peer: 'shop-s', units: 3 } },
    ]);
    expect(await known()).toEqual(EVERYWHERE);
    expect(await productAt(stage.hub)).not.toHaveProperty('removal');
    expect(await remove()).toMatchObject({
      refusal: { code: 'product_has_stock', sku: 'tea', onHand: 3, inTransit: 0 },
    });
  });

  it('where a shop is known to have some', async () => {
    const [north] = await twoShops();
    await north.receive('tea', 'north', 3);
    await stage.pass(1_000);
    expect(await remove()).toMatchObject({ refusal: { code: 'product_has_stock', onHand: 3 } });
    expect(notices(stage.hub, 'removal_asked')).toEqual([]);
  });

  it('where some are on their way to a shop', async () => {
    stage = await Stage.open(['north']);
    await stage.hub.receive('tea', 'north', 4);
    const shop = await stage.addShop('shop-n', 'north');
    shop.cutOff();
    await stage.hub.reserve('r1', { sku: 'tea', location: 'north', quantity: 4 });
    await stage.hub.confirm('r1');
    await stage.pass(1_000);
    expect(await remove()).toMatchObject({ refusal: { code: 'product_has_stock', sku: 'tea' } });
    await shop.heal();
  });

  it('when it is put again while its removal waits', async () => {
    const [, south] = await twoShops();
    south.cutOff();
    await remove();
    await stage.pass(1_000);
    expect(await stage.hub.ask(PUT)).toBe('ok');
    expect(await productAt(stage.hub)).not.toHaveProperty('removal');
    await south.heal();
    expect(await known()).toEqual(EVERYWHERE);
    for (const shop of stage.shops) {
      expect(await productAt(shop)).toMatchObject({ node: 'hub' });
    }
  });

  it('when a shop adds it again while the removal waits for another', async () => {
    const [north, south] = await twoShops();
    south.cutOff();
    await remove();
    await stage.pass(1_000);
    expect(await north.ask(PUT)).toBe('ok');
    await stage.pass(1_000);
    expect(await productAt(stage.hub)).not.toHaveProperty('removal');
    await south.heal();
    expect(await known()).toEqual(EVERYWHERE);
  });

  it('when a shop that had none adds it again before it hears that it is gone: the hub takes it up', async () => {
    const [north, south] = await twoShops();
    south.cutOff();
    await remove();
    await stage.pass(1_000);
    north.cutOff();
    expect(await north.receive('tea', 'north', 5)).toBe('product_not_found');
    expect(await north.ask(PUT)).toBe('ok');
    expect(await north.receive('tea', 'north', 5)).toBe('ok');
    await south.heal();
    expect(await known()).toEqual({ ...NOWHERE, 'shop-n': true });
    await north.heal();
    expect(await known()).toEqual(EVERYWHERE);
    expect(await stage.hub.share('shop-n', 'tea', 'north')).toMatchObject({ available: 5 });
    expect(await productAt(north)).toMatchObject({ node: 'hub' });
  });
});

describe('a removal that a restored hub has lost', () => {
  async function restoredAfterRemoval(): Promise<void> {
    await twoShops();
    const backup = stage.hub.backup();
    await remove();
    await stage.pass(1_000);
    expect(await known()).toEqual(NOWHERE);
    await stage.hub.restore(backup);
    expect(await productAt(stage.hub)).toBeDefined();
  }

  async function reconcile(): Promise<void> {
    await stage.pass(30_000);
    for (const { name } of stage.shops) await stage.hub.reconcile(name);
    await stage.pass(30_000);
  }

  it('comes about again', async () => {
    await restoredAfterRemoval();
    await reconcile();
    expect(await known()).toEqual(NOWHERE);
  });

  it('takes no goods away that came in since', async () => {
    await restoredAfterRemoval();
    await stage.addLocation('yard');
    expect(await stage.hub.receive('tea', 'yard', 2)).toBe('ok');
    await reconcile();
    expect(await remove()).toMatchObject({ refusal: { code: 'product_has_stock', onHand: 2 } });
    await stage.hub.ask(PUT);
    await stage.pass(1_000);
    expect(await known()).toEqual(EVERYWHERE);
  });

  it('is put back with what the shops have said of it', async () => {
    const [north, south] = await twoShops();
    south.cutOff();
    const backup = stage.hub.backup();
    await remove();
    await stage.pass(1_000);
    expect(await productAt(north)).toBeUndefined();
    await stage.hub.restore(backup);
    expect(await productAt(stage.hub)).not.toHaveProperty('removal');
    await stage.pass(30_000);
    await stage.hub.reconcile('shop-n');
    await stage.pass(30_000);
    expect(await productAt(stage.hub)).toMatchObject({ removal: ['shop-n'] });
    await south.heal();
    expect(await known()).toEqual(NOWHERE);
  });
});
