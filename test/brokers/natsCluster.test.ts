import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Chain, type NodeProcess, until } from '../support/chain.ts';
import { NatsCluster, startLeaf } from '../support/nats/cluster.ts';
import { hasNatsServer, type NatsServer } from '../support/nats/server.ts';

// Processes take their time where others use the cores too, and a stream takes 9 seconds to find a leader.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const SHOP = 'Store 12';
const STREAM = 'HOLDFAST_LINKS_hub';
const UNITS = 100_000;

let cluster: NatsCluster;
let chain: Chain;
let shop: NodeProcess;

/** Sells one after another in the shop until it is told to stop. */
function keepSelling(sku: string): { stop(): Promise<number> } {
  let isOver = false;
  const sold = (async () => {
    let units = 0;
    while (!isOver) {
      const { status } = await shop.move('sell', sku, SHOP, 1);
      if (status === 201) units += 1;
    }
    return units;
  })();
  return {
    stop() {
      isOver = true;
      return sold;
    },
  };
}

/** Units that there are, as the hub knows: some of them are its own, and some on their way. */
async function known(sku: string): Promise<number> {
  const { onHand, nodes = [] } = await chain.hub.stock(sku, SHOP);
  return nodes.reduce((sum, node) => sum + node.onHand + node.inTransit, onHand);
}

async function stock(sku: string): Promise<void> {
  await chain.stock(sku, SHOP, 0);
  await until(async () => (await shop.ask(`/v1/products/${sku}`)).status === 200);
  await shop.move('receive', sku, SHOP, UNITS);
  await chain.untilEven(shop);
}

/** What was sold is neither lost nor doubled, and the books of both are sound. */
async function expectSound(sku: string, sold: number): Promise<void> {
  await until(async () => (await known(sku)) === UNITS - sold);
  await chain.untilEven(shop);
  const [atHub, atShop] = await Promise.all([chain.hub.stock(sku, SHOP), shop.stock(sku, SHOP)]);
  expect(atHub.onHand + atShop.onHand).toBe(UNITS - sold);
  expect([await chain.hub.verify(), await shop.verify()]).toEqual(['sound', 'sound']);
}

describe.skipIf(!hasNatsServer())('a cluster of three servers of NATS', () => {
  beforeAll(async () => {
    cluster = await NatsCluster.start();
    chain = await Chain.open(undefined, ['--nats', cluster.url]);
    await chain.stock('MUG', SHOP, 1);
    ({ shop } = await chain.addShopAt(`${cluster.url}/hub`, 'store-12', SHOP, '--share', '0'));
  });
  afterAll(async () => {
    await chain.close();
    await cluster.close();
  });
  beforeEach(() => cluster.ready());

  it('keeps what passes on all three', async () => {
    expect((await cluster.info(STREAM)).config.num_replicas).toBe(3);
  });

  it.each(['one that follows', 'the leader of the stream'])(
    'may lose %s while entries flow',
    async (which) => {
      const sku = which === 'one that follows' ? 'CUP' : 'POT';
      await stock(sku);
      const sales = keepSelling(sku);
      const leader = await cluster.leaderOf(STREAM);
      const lost = sku === 'POT' ? leader : cluster.servers.find((server) => server !== leader);
      const before = await known(sku);
      await until(async () => (await known(sku)) < before);
      await lost?.kill();
      const during = await known(sku);
      await until(async () => (await known(sku)) < during);
      await lost?.start();
      await expectSound(sku, await sales.stop());
    },
  );

  it('may be started anew altogether', async () => {
    await stock('TEA');
    const sales = keepSelling('TEA');
    await until(async () => (await known('TEA')) < UNITS);
    await Promise.all(cluster.servers.map((server) => server.kill()));
    await Promise.all(cluster.servers.map((server) => server.start()));
    const during = await known('TEA');
    await until(async () => (await known('TEA')) < during);
    await expectSound('TEA', await sales.stop());
  });
});

describe.skipIf(!hasNatsServer()).each([
  ['without JetStream', null],
  ['with a JetStream domain of its own', 'domain: shop'],
])('a leaf node in the shop, %s', (_how, jetStream) => {
  let leaf: NatsServer;
  beforeEach(async () => {
    cluster = await NatsCluster.start({ jetStream: 'domain: hub' });
    leaf = await startLeaf(cluster, jetStream);
    chain = await Chain.open(undefined, ['--nats', cluster.url]);
    await chain.stock('MUG', SHOP, 1);
    ({ shop } = await chain.addShopAt(`${leaf.url}/hub`, 'store-12', SHOP, '--share', '0'));
  });
  afterEach(async () => {
    await chain.close();
    await leaf.close();
    await cluster.close();
  });

  it('may be cut off and come back', async () => {
    await stock('CUP');
    const sales = keepSelling('CUP');
    await until(async () => (await known('CUP')) < UNITS);
    cluster.leafLine.refuse();
    cluster.leafLine.cut();
    const atCut = await known('CUP');
    await until(async () => (await chain.hub.link('store-12'))['connected'] === false);
    expect((await shop.stock('CUP', SHOP)).onHand).toBeLessThan(atCut);
    await cluster.leafLine.accept();
    await until(async () => (await known('CUP')) < atCut);
    await expectSound('CUP', await sales.stop());
  });
});
