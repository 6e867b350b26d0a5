import { copyFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Chain, NodeProcess, until } from '../support/chain.ts';

// Processes take their time where others use the cores too.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const SHOP = 'Store 12';

let chain: Chain;
let shop: NodeProcess;
let token: string;
let hubUrl: string;
beforeEach(async () => {
  chain = await Chain.open();
  await chain.stock('MUG', SHOP, 20);
  const added = await chain.addShop('store-12', SHOP, '--share', '0.5');
  ({ shop, token } = added);
  hubUrl = added.proxy.url;
  await until(async () => (await shop.stock('MUG', SHOP)).available === 10);
  await chain.untilEven(shop);
});
afterEach(() => chain.close());

/** Copies the database of a node that is stopped, without what stands outside of it. */
function backUp({ database }: NodeProcess): string {
  const file = fileOf(database);
  copyFileSync(file, `${file}.backup`);
  return `${file}.backup`;
}

function fileOf(database: string): string {
  return database.slice('sqlite:'.length);
}

async function fenceOf(node: NodeProcess, peer: string): Promise<unknown> {
  return (await node.link(peer))['fence'];
}

describe.each(['shop', 'hub'] as const)('a backup of the %s that was put back', (which) => {
  it('promises nothing until both logs were made one again', async () => {
    const node = which === 'shop' ? shop : chain.hub;
    await node.stop();
    const backup = backUp(node);
    await node.again();
    await chain.untilEven(shop);
    expect((await node.reserve('MUG', SHOP, 4)).status).toBe(201);
    await chain.untilEven(shop);
    await node.stop();
    copyFileSync(backup, fileOf(node.database));
    await node.again();
    // Once a session has begun since the backup, a shop's database that was put back cannot be told from a copy.
    const fence = which === 'shop' ? 'copied' : 'restored';
    await until(async () => (await fenceOf(shop, 'hub')) === fence);
    const { status, body } = await node.reserve('MUG', SHOP, 1);
    expect([status, body['code']]).toEqual([409, 'node_fenced']);
    expect(await shop.nodes('list')).toContain(fence);
    await chain.hub.nodes('reconcile', 'store-12');
    // It would call again by itself, but after some seconds.
    await shop.stop();
    await shop.again();
    await chain.untilEven(shop);
    expect((await node.stock('MUG', SHOP)).available).toBe(6);
    expect((await node.reserve('MUG', SHOP, 6)).status).toBe(201);
    expect(await chain.hub.verify()).toBe('sound');
    expect(await shop.verify()).toBe('sound');
  });
});

describe('a copy of the shop', () => {
  it('is told from the original, and promises nothing', async () => {
    await shop.stop();
    const backup = backUp(shop);
    await shop.again();
    await chain.untilEven(shop);
    const flags = ['--hub', hubUrl, '--token', token];
    const copy = await NodeProcess.start(chain.workshop, 'store-12', flags, `sqlite:${backup}`);
    await until(async () => (await fenceOf(copy, 'hub')) === 'copied');
    expect((await copy.reserve('MUG', SHOP, 1)).body['code']).toBe('node_fenced');
    await chain.untilEven(shop);
    expect((await shop.reserve('MUG', SHOP, 1)).status).toBe(201);
  });
});

describe('a shop that burnt down', () => {
  it('is written off, and never comes back', async () => {
    await shop.move('receive', 'MUG', SHOP, 7);
    await chain.untilEven(shop);
    const { available, nodes } = await chain.hub.stock('MUG', SHOP);
    const [known] = nodes ?? [];
    await shop.kill();
    expect(await chain.hub.nodes('retire', 'store-12', '--yes')).toBe(
      `store-12 is retired\nwritten off:\n  MUG  ${known?.onHand}\n${known?.onHand} units of 1 SKU in all\n`,
    );
    expect((await chain.hub.stock('MUG', SHOP)).available).toBe(available);
    expect(await chain.hub.verify()).toBe('sound');
    await shop.again();
    await until(async () => (await fenceOf(shop, 'hub')) === 'retired');
    expect((await shop.reserve('MUG', SHOP, 1)).body['code']).toBe('node_fenced');
    expect((await chain.hub.stock('MUG', SHOP)).available).toBe(available);
  });
});
