import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Chain, type NodeProcess, until } from '../support/chain.ts';
import type { LinkProxy } from '../support/linkProxy.ts';
import { itSharesUnits, owned, type SharingPair, split } from '../support/sharingPair.ts';

// Processes take their time where others use the cores too.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const SHOP = 'Store 12';

let chain: Chain;
let shop: NodeProcess;
let proxy: LinkProxy;
beforeAll(async () => {
  chain = await Chain.open();
  await chain.stock('MUG', SHOP, 20);
  ({ shop, proxy } = await chain.addShop('store-12', SHOP, '--share', '0.5'));
});
afterAll(() => chain.close());

function pair(): SharingPair {
  return { chain, shop, location: SHOP };
}

describe('a shop and its hub', () => {
  itSharesUnits(pair);

  it('split what comes in at the shop, which alone may say so', async () => {
    await split(pair(), 'CUP', 5);
    const { status, body } = await chain.hub.move('receive', 'CUP', SHOP, 1);
    expect([status, body['code']]).toEqual([409, 'custody_elsewhere']);
  });

  it('show a reservation to each other, which only its node changes', async () => {
    await split(pair(), 'JAR', 5);
    const { body } = await chain.hub.reserve('JAR', SHOP, 2);
    const path = `/v1/reservations/${body['id']}`;
    await until(async () => (await shop.ask(path)).status === 200);
    expect((await shop.ask(path)).body).toMatchObject({ status: 'held' });
    expect((await shop.ask(`${path}/cancel`, {})).body).toMatchObject({
      code: 'reservation_elsewhere',
      node: 'hub',
    });
  });

  it('hand over at the shop what the hub has sold', async () => {
    await split(pair(), 'POT', 5);
    const { body } = await chain.hub.reserve('POT', SHOP, 2);
    const id = String(body['id']);
    expect((await chain.hub.ask(`/v1/reservations/${id}/confirm`, {})).status).toBe(200);
    await until(async () => (await shop.ask(`/v1/reservations/${id}/fulfil`, {})).status === 200);
    await until(
      async () => (await chain.hub.ask(`/v1/reservations/${id}`)).body['status'] === 'fulfilled',
    );
  });
});

describe('a shop that is cut off', () => {
  it.each<[string, (way: LinkProxy) => void, (way: LinkProxy) => Promise<void> | void]>([
    ['by a line that swallows everything', (way) => way.freeze(), (way) => way.thaw()],
    [
      'by a line that is dead',
      (way) => {
        way.refuse();
        way.cut();
      },
      (way) => way.accept(),
    ],
  ])('sells what it owns and no more: %s', async (how, cut, heal) => {
    const sku = how.includes('dead') ? 'FORK' : 'SPOON';
    await split(pair(), sku, 3);
    cut(proxy);
    const buyers = await Promise.all(
      Array.from({ length: 5 }, () => [
        shop.reserve(sku, SHOP, 1),
        chain.hub.reserve(sku, SHOP, 1),
      ]).flat(),
    );
    expect(buyers.filter(({ status }) => status === 201)).toHaveLength(6);
    expect(await owned(pair(), sku)).toEqual({ hub: 0, shop: 0 });
    await heal(proxy);
    await chain.untilEven(shop);
    const [known] = (await chain.hub.stock(sku, SHOP)).nodes ?? [];
    expect(known).toMatchObject({ available: 0, onHand: 3, inTransit: 0 });
  });

  it('does not let buyers wait for its hub each time', async () => {
    await split(pair(), 'LID', 1);
    proxy.freeze();
    const started = performance.now();
    for (let i = 0; i < 20; i += 1) await shop.reserve('LID', SHOP, 2);
    // A buyer waits for a second, and twenty of them one after another would take twice as long.
    expect(performance.now() - started).toBeLessThan(10_000);
    proxy.thaw();
    await chain.untilEven(shop);
  });

  it('starts and sells without its hub', async () => {
    await split(pair(), 'KNIFE', 2);
    await shop.stop();
    proxy.refuse();
    proxy.cut();
    await shop.again();
    expect((await shop.move('sell', 'KNIFE', SHOP, 2)).status).toBe(201);
    await proxy.accept();
    await chain.untilEven(shop);
  });
});

describe('a shop that is stopped for a while', () => {
  it('does not keep its hub from selling what it owns, and goes on afterwards', async () => {
    await split(pair(), 'SALT', 4);
    shop.process.child.kill('SIGSTOP');
    expect((await chain.hub.reserve('SALT', SHOP, 5)).status).toBe(409);
    expect((await chain.hub.reserve('SALT', SHOP, 4)).status).toBe(201);
    shop.process.child.kill('SIGCONT');
    await chain.untilEven(shop);
    // It was asked for one and gives it, though nobody waits for it any more; it is kept for a second all the same.
    await until(async () => {
      const left = await owned(pair(), 'SALT');
      return left.hub + left.shop === 4;
    });
  });
});

describe('kill -9', () => {
  it.each(['shop', 'hub'] as const)('of the %s loses nothing that was answered', async (which) => {
    const sku = `${which.toUpperCase()}-TEA`;
    await split(pair(), sku, 50);
    const node = which === 'shop' ? shop : chain.hub;
    let sold = 0;
    const buyer = async (at: NodeProcess) => {
      for (let i = 0; i < 40; i += 1) {
        const answer = await at.reserve(sku, SHOP, 1).catch(() => undefined);
        if (answer?.status === 201) sold += 1;
      }
    };
    const buyers = Promise.all([buyer(shop), buyer(shop), buyer(chain.hub), buyer(chain.hub)]);
    await until(async () => sold >= 20);
    await node.kill();
    await node.again();
    await buyers;
    await chain.untilEven(shop);
    const total = async () => {
      const left = await owned(pair(), sku);
      return left.hub + left.shop;
    };
    expect(await total()).toBeLessThanOrEqual(100 - sold);
    // What was under way may have been done without an answer, for the two buyers of the node that was killed; and what
    // was borrowed for a buyer who had gone comes back when its hold ends.
    await until(async () => (await total()) >= 100 - sold - 2);
    expect(await total()).toBeLessThanOrEqual(100 - sold);
  });
});

describe('the books', () => {
  it('of both are sound, and each knows the other', async () => {
    await chain.untilEven(shop);
    expect(await chain.hub.verify()).toBe('sound');
    expect(await shop.verify()).toBe('sound');
    const list = await chain.hub.nodes('list');
    expect(list).toMatch(/^store-12 +store +Store 12 +active +- /m);
  });
});
