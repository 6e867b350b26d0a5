import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Json } from '../support/api.ts';
import { Chain, type NodeProcess, until } from '../support/chain.ts';
import type { LinkProxy } from '../support/linkProxy.ts';

// Processes take their time where others use the cores too.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const PLACE = 'Store 12';

let chain: Chain;
let shop: NodeProcess;
let proxy: LinkProxy;
beforeAll(async () => {
  chain = await Chain.open();
  for (const sku of ['MUG', 'CUP', 'POT']) await chain.stock(sku, PLACE, 0);
  await chain.stock('TEA', PLACE, 20);
  ({ shop, proxy } = await chain.addShop('store-12', PLACE));
});
afterAll(() => chain.close());

async function remove(sku: string): Promise<readonly [status: number, body: Json]> {
  const { status, body } = await chain.hub.ask(`/v1/products/${sku}`, undefined, 'DELETE');
  return [status, body];
}

async function isKnown(node: NodeProcess, sku: string): Promise<boolean> {
  return (await node.ask(`/v1/products/${sku}`)).status === 200;
}

function cutOff(): void {
  proxy.refuse();
  proxy.cut();
}

describe('a product that is removed at the hub', () => {
  it('goes everywhere when the shop has said that it has none', async () => {
    expect(await remove('MUG')).toEqual([202, { status: 'removing', waitsFor: ['store-12'] }]);
    await until(async () => !(await isKnown(chain.hub, 'MUG')));
    expect(await isKnown(shop, 'MUG')).toBe(false);
    expect((await shop.move('receive', 'MUG', PLACE, 1)).body['code']).toBe('product_not_found');
  });

  it('stays when a shop that was cut off turns out to have some', async () => {
    cutOff();
    expect((await shop.move('receive', 'CUP', PLACE, 4)).status).toBe(201);
    expect((await remove('CUP'))[0]).toBe(202);
    expect((await chain.hub.ask('/v1/products/CUP')).body['removal']).toEqual([]);
    await proxy.accept();
    await until(async () => {
      const { body } = await chain.hub.ask('/v1/products/CUP');
      return body['removal'] === undefined;
    });
    expect((await remove('CUP'))[1]['code']).toBe('product_has_stock');
    expect(await isKnown(shop, 'CUP')).toBe(true);
  });

  it('goes though the hub is killed while the shop cannot be heard', async () => {
    cutOff();
    expect((await remove('POT'))[0]).toBe(202);
    await chain.hub.kill();
    await chain.hub.again();
    await proxy.accept();
    await until(async () => !(await isKnown(chain.hub, 'POT')));
    expect(await isKnown(shop, 'POT')).toBe(false);
    expect([await chain.hub.verify(), await shop.verify()]).toEqual(['sound', 'sound']);
  });
});
