import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Chain, NodeProcess, until } from '../support/chain.ts';
import type { LinkProxy } from '../support/linkProxy.ts';

// Processes take their time where others use the cores too.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const [BERLIN, LEEDS] = ['Berlin', 'Leeds'];
const ID = '019c1f9e-6c00-7000-8000-0000000000e1';

let chain: Chain;
let berlin: NodeProcess;
let leeds: NodeProcess;
let wayToBerlin: LinkProxy;
beforeAll(async () => {
  chain = await Chain.open();
  await chain.stock('MUG', BERLIN, 10);
  await chain.stock('MUG', LEEDS, 0);
  ({ shop: berlin, proxy: wayToBerlin } = await chain.addShop('berlin', BERLIN, '--share', '0'));
  // The end of the hub's log may concern the other shop alone, so this one is not waited for by cursors.
  const added = await chain.hub.nodes('add', 'leeds', '--location', LEEDS, '--share', '0');
  const flags = ['--hub', chain.hub.url, '--token', added.trim()];
  leeds = await NodeProcess.start(chain.workshop, 'leeds', flags);
  for (const shop of [berlin, leeds]) {
    await until(async () => (await shop.ask(`/v1/locations/${LEEDS}`)).status === 200);
    await until(async () => (await shop.ask('/v1/products/MUG')).status === 200);
  }
  await until(async () => (await berlin.stock('MUG', BERLIN)).available === 10);
});
afterAll(() => chain.close());

function receive(node: NodeProcess, quantity: number, fields: object = {}) {
  const lines = [{ sku: 'MUG', quantity }];
  return node.ask(`/v1/transfers/${ID}/receive`, { lines, ...fields });
}

/** What all nodes say of the transfer, once they say the same. */
async function untilAllSay(expected: object): Promise<void> {
  for (const node of [chain.hub, berlin, leeds]) {
    await until(async () => {
      const { body } = await node.ask(`/v1/transfers/${ID}`);
      return Object.entries(expected).every(([name, value]) => body[name] === value);
    });
  }
}

describe('goods from shop to shop, in processes of their own', () => {
  it('arrive while the line of the sender is cut, and are matched when it is mended', async () => {
    wayToBerlin.refuse();
    wayToBerlin.cut();
    const sent = await berlin.ask('/v1/transfers', {
      id: ID,
      from: BERLIN,
      to: LEEDS,
      lines: [{ sku: 'MUG', quantity: 4 }],
    });
    expect(sent.status).toBe(201);
    expect((await receive(leeds, 3)).status).toBe(404);
    expect((await receive(leeds, 3, { to: LEEDS })).body).toMatchObject({ status: 'unmatched' });
    expect((await leeds.move('sell', 'MUG', LEEDS, 1)).status).toBe(201);
    await until(async () => {
      const { body } = await chain.hub.ask('/v1/transfers?status=unmatched');
      return JSON.stringify(body).includes(ID);
    });
    await wayToBerlin.accept();
    await untilAllSay({ status: 'in_transit', from: BERLIN });
    await Promise.all([berlin.kill(), leeds.kill()]);
    await Promise.all([berlin.again(), leeds.again()]);
    expect((await receive(leeds, 3, { reason: 'one broken' })).body).toMatchObject({
      status: 'received',
      lines: [{ quantity: 4, received: 3, lost: 1 }],
    });
    await untilAllSay({ status: 'received' });
    expect((await leeds.stock('MUG', LEEDS)).available).toBe(2);
    for (const node of [chain.hub, berlin, leeds]) expect(await node.verify()).toBe('sound');
  });
});
