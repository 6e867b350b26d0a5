import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Chain, type NodeProcess, until } from '../support/chain.ts';
import type { LinkProxy } from '../support/linkProxy.ts';
import { lineTo, natsAddress } from '../support/nats/line.ts';
import { hasNatsServer, type NatsServer, startNats } from '../support/nats/server.ts';
import { itSharesUnits, owned, type SharingPair, split } from '../support/sharingPair.ts';

// Processes take their time where others use the cores too.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const SHOP = 'Store 12';
/** What a shop sells while it is cut off. */
const SALES = 1_000;

let server: NatsServer;
let line: LinkProxy;
let chain: Chain;
let shop: NodeProcess;

function pair(): SharingPair {
  return { chain, shop, location: SHOP };
}

/** Units that there are, as the hub knows: some may be on their way to whoever has none. */
async function leftAtHub(sku: string, location = SHOP): Promise<number> {
  const { onHand, nodes = [] } = await chain.hub.stock(sku, location);
  return nodes.reduce((sum, node) => sum + node.onHand + node.inTransit, onHand);
}

/** Waits until a node says that it is ready, with warnings like these. */
async function untilReadyWith(node: NodeProcess, warnings: RegExp): Promise<void> {
  await until(async () => {
    const { status, body } = await node.ask('/readyz');
    return status === 200 && warnings.test(String(body['warnings'] ?? ''));
  });
}

async function metric(node: NodeProcess, name: string): Promise<string | undefined> {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  return new RegExp(`^holdfast_${name} (\\S+)$`, 'm').exec(text)?.[1];
}

function cut(): void {
  line.refuse();
  line.cut();
}

describe.skipIf(!hasNatsServer())('a shop and its hub over NATS', () => {
  beforeAll(async () => {
    server = await startNats();
    line = await lineTo(server);
    chain = await Chain.open(undefined, ['--nats', server.url]);
    await chain.stock('MUG', SHOP, 20);
    const share = ['--share', '0.5'];
    ({ shop } = await chain.addShopAt(natsAddress(line), 'store-12', SHOP, ...share));
  });
  afterAll(async () => {
    await chain.close();
    line.close();
    await server.close();
  });

  itSharesUnits(pair);

  it('sell what they own while the line is cut, and no more, and catch up afterwards', async () => {
    await split(pair(), 'FORK', 3);
    await split(pair(), 'NAIL', SALES);
    cut();
    const buyers = await Promise.all(
      Array.from({ length: 5 }, () => [
        shop.reserve('FORK', SHOP, 1),
        chain.hub.reserve('FORK', SHOP, 1),
      ]).flat(),
    );
    expect(buyers.filter(({ status }) => status === 201)).toHaveLength(6);
    const sale = { type: 'sell', sku: 'NAIL', location: SHOP, quantity: 1 };
    const commands = Array.from({ length: SALES }, () => sale);
    expect((await shop.ask('/v1/batch', { commands })).status).toBe(200);
    await line.accept();
    await until(async () => (await leftAtHub('NAIL')) === SALES);
    await chain.untilEven(shop);
    const left = await owned(pair(), 'NAIL');
    expect(left.hub + left.shop).toBe(SALES);
  });

  it('go on when the line has swallowed everything for a moment', async () => {
    await split(pair(), 'SPOON', 3);
    line.freeze();
    expect((await shop.move('sell', 'SPOON', SHOP, 3)).status).toBe(201);
    expect((await chain.hub.reserve('SPOON', SHOP, 4)).status).toBe(409);
    line.thaw();
    await until(async () => (await leftAtHub('SPOON')) === 3);
  });

  it('sell on while the broker is away, and start without it', async () => {
    await split(pair(), 'KNIFE', 4);
    await server.kill();
    expect((await shop.move('sell', 'KNIFE', SHOP, 1)).status).toBe(201);
    expect((await chain.hub.reserve('KNIFE', SHOP, 1)).status).toBe(201);
    await untilReadyWith(chain.hub, /^links over NATS are not possible: the connection to their/);
    await untilReadyWith(shop, /^there is no link to the hub: /);
    expect(await metric(chain.hub, 'link_broker_connected')).toBe('0');
    for (const node of [shop, chain.hub]) {
      await node.stop();
      await node.again();
      await untilReadyWith(node, /are not possible: connection refused|no link to the hub: nats:/);
    }
    expect((await shop.move('sell', 'KNIFE', SHOP, 3)).status).toBe(201);
    expect((await chain.hub.reserve('KNIFE', SHOP, 3)).status).toBe(201);
    await server.start();
    await chain.untilEven(shop);
    expect(await owned(pair(), 'KNIFE')).toEqual({ hub: 0, shop: 0 });
    for (const node of [shop, chain.hub]) await untilReadyWith(node, /^$/);
    expect(await metric(chain.hub, 'link_broker_connected')).toBe('1');
  });

  it.each(['shop', 'hub'] as const)('lose nothing when the %s is killed', async (which) => {
    const sku = `${which.toUpperCase()}-TEA`;
    await split(pair(), sku, 20);
    const node = which === 'shop' ? shop : chain.hub;
    expect((await node.reserve(sku, SHOP, 5)).status).toBe(201);
    await node.kill();
    await node.again();
    await chain.untilEven(shop);
    const left = await owned(pair(), sku);
    expect(left.hub + left.shop).toBe(35);
  });

  it('take no other shop for this one', async () => {
    const flags = ['--hub', `${server.url}/hub`, '--token', 'guessed'];
    const words = ['serve', '--node', 'store-12', '--port', '0'];
    const database = ['--database', chain.workshop.database()];
    const thief = chain.workshop.holdfast([...words, ...database, ...flags]);
    await thief.heard('err', /the hub does not know a node store-12, or its token is another one/);
    await chain.hub.process.heard('err', /wrong token/);
    await thief.stop();
    expect(thief.err).not.toContain('guessed');
    expect((await chain.hub.link('store-12'))['connected']).toBe(true);
  });

  it.each([
    ['the same way', 'Store 13', () => natsAddress(line)],
    ['by a WebSocket', 'Store 14', () => chain.hub.url],
  ])('let another shop in %s', async (_how, place, address) => {
    await chain.stock('CUP', place, 10);
    const name = place.toLowerCase().replace(' ', '-');
    const { shop: other } = await chain.addShopAt(address(), name, place, '--share', '0');
    expect((await other.move('sell', 'CUP', place, 10)).status).toBe(201);
    await until(async () => (await leftAtHub('CUP', place)) === 0);
    expect((await chain.hub.link('store-12'))['connected']).toBe(true);
  });

  it('have books that are sound', async () => {
    expect(await chain.hub.verify()).toBe('sound');
    expect(await shop.verify()).toBe('sound');
  });
});
