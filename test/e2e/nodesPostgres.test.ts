import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Chain, NodeProcess, until } from '../support/chain.ts';
import { createTestDatabase, type PostgresDatabase } from '../support/postgres/testDatabase.ts';

// Processes take their time where others use the cores too.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const SHOP = 'Store 12';

let database: PostgresDatabase;
let chain: Chain;
let other: NodeProcess;
let shop: NodeProcess;
beforeAll(async () => {
  database = await createTestDatabase({ node: 'hub' });
  chain = await Chain.open(database.url);
  other = await NodeProcess.start(chain.workshop, 'hub', [], database.url);
  await chain.stock('MUG', SHOP, 20);
  ({ shop } = await chain.addShop('store-12', SHOP, '--share', '0.5'));
  await until(async () => (await shop.stock('MUG', SHOP)).available === 10);
});
afterAll(async () => {
  await chain.close();
  await database.drop();
});

describe('a hub of two servers on one database', () => {
  it('borrows for buyers at both, though one of them holds the connection', async () => {
    expect((await chain.hub.reserve('MUG', SHOP, 12)).status).toBe(201);
    expect((await other.reserve('MUG', SHOP, 2)).status).toBe(201);
    expect((await other.reserve('MUG', SHOP, 3)).status).toBe(201);
    expect((await shop.stock('MUG', SHOP)).available).toBe(3);
  });

  it('takes the shop at its word when it refuses, and goes on asking it', async () => {
    for (let i = 0; i < 3; i += 1) expect((await other.reserve('MUG', SHOP, 9)).status).toBe(409);
    expect((await other.reserve('MUG', SHOP, 3)).status).toBe(201);
    expect((await shop.move('receive', 'MUG', SHOP, 10)).status).toBe(201);
  });

  it('sends the shop what was sold at the server that does not hold the connection', async () => {
    const { body } = await other.reserve('MUG', SHOP, 1);
    const path = `/v1/reservations/${body['id']}`;
    expect((await other.ask(`${path}/confirm`, {})).status).toBe(200);
    await until(async () => (await shop.ask(`${path}/fulfil`, {})).status === 200);
    await until(async () => (await other.ask(path)).body['status'] === 'fulfilled');
  });

  it('goes on with the other server when the one that held the connection is gone', async () => {
    await chain.untilEven(shop);
    await chain.hub.kill();
    expect((await shop.reserve('MUG', SHOP, 2)).status).toBe(201);
    await chain.hub.again();
    await chain.untilEven(shop);
    expect(await chain.hub.verify()).toBe('sound');
  });
});
