import type { Reservation } from './api.ts';
import { Shelves } from './books.ts';
import { type Chain, type ChainNode, enrol, type Shop, SKU } from './chain.ts';
import { holdfast } from './processes.ts';
import { say, step, table, tell } from './tell.ts';
import { countShelf, handOver, keepAside, order, sell } from './trade.ts';
import { until } from './until.ts';

const SHOPS = [
  ['berlin', 'BERLIN'],
  ['hamburg', 'HAMBURG'],
  ['munich', 'MUNICH'],
] as const;

const RECEIVED = 20;

/** Everything that the steps work with. */
interface Stage {
  readonly hub: ChainNode;
  readonly berlin: Shop;
  readonly hamburg: Shop;
  readonly munich: Shop;
  readonly shelves: Shelves;
}

/** A hub and three shops sell the same goods; a line is cut, and mended; then the books are shown. */
export async function tellStory(chain: Chain): Promise<void> {
  const stage = await enrolAll(chain);
  await receiveGoods(stage);
  await sellOnAllSides(stage);
  await borrow(stage);
  const ordered = await cutOff(stage);
  await mend(stage, ordered);
  await showBooks(stage);
}

async function enrolAll(chain: Chain): Promise<Stage> {
  step('A hub and three shops, each with a ledger of its own');
  const hub = await chain.startHub();
  await hub.api.put(`/v1/products/${SKU}`, { name: 'A mug' });
  for (const [, location] of SHOPS) {
    await hub.api.put(`/v1/locations/${location}`, { name: location, kind: 'store' });
  }
  const tokens = await Promise.all(SHOPS.map(([name, location]) => enrol(hub, name, location)));
  say('holdfast nodes add berlin --location BERLIN, and so on: prints a token for each shop');
  const [berlin, hamburg, munich] = await Promise.all(
    SHOPS.map(([name, location], i) => chain.startShop(name, location, hub.url, tokens[i] ?? '')),
  );
  if (!berlin || !hamburg || !munich) throw new Error('a shop is missing');
  for (const shop of [berlin, hamburg, munich]) await joined(shop);
  say(
    'holdfast serve --node berlin --hub <address> --token <token>: the shops have called the hub',
  );
  return { hub, berlin, hamburg, munich, shelves: new Shelves() };
}

/** The shop has heard of its hub, and of what it is to sell. */
async function joined(shop: Shop): Promise<void> {
  await until(`the catalogue to reach ${shop.name}`, async () => {
    const [product, location] = await Promise.all([
      shop.api.find(`/v1/products/${SKU}`),
      shop.api.find(`/v1/locations/${shop.location}`),
    ]);
    return product !== undefined && location !== undefined;
  });
}

async function receiveGoods({ hub, berlin, hamburg, munich, shelves }: Stage): Promise<void> {
  step(`${RECEIVED} mugs come into each shop; the hub is given half of them to sell online`);
  for (const { api, location } of [berlin, hamburg, munich]) {
    const quantity = RECEIVED;
    await api.post('/v1/movements', { type: 'receive', sku: SKU, location, quantity });
    shelves.comeIn(location, quantity);
  }
  const pages = [];
  for (const shop of [berlin, hamburg, munich]) pages.push(await shelves.settled(hub, shop));
  table(pages, ['the shop may sell', 'the hub may sell']);
  const wrong = { type: 'receive', sku: SKU, location: berlin.location, quantity: 1 };
  const outcome = await hub.api.attempt('/v1/movements', wrong);
  tell('the hub tries to receive goods in Berlin', outcome);
}

async function sellOnAllSides({ hub, berlin, hamburg, shelves }: Stage): Promise<void> {
  step('Both sell, each what it owns');
  const sold = await sell(berlin, 3, shelves);
  tell('the till in Berlin sells 3', sold);
  const ordered = await order(hub, hamburg, 2);
  tell('the web shop sells 2 of those in Hamburg', ordered);
  if (ordered.done) await handOver(hamburg, ordered.body, 2, shelves);
  say('the order has travelled to the shop, which has handed the 2 over');
}

async function borrow({ hub, hamburg, munich, shelves }: Stage): Promise<void> {
  step('Who runs short asks the other, and the buyer does not notice');
  const sold = await sell(munich, 12, shelves);
  tell('the till in Munich sells 12 and owns 10; the hub passes 2 on', sold);
  const ordered = await order(hub, hamburg, 11);
  tell('the web shop sells 11 in Hamburg and owns 8; the shop passes 3 on', ordered);
  if (ordered.done) await handOver(hamburg, ordered.body, 11, shelves);
  const none = await order(hub, munich, 9);
  tell('the web shop wants 9 in Munich, where 8 are left in all', none);
}

/** @returns what the web shop has sold of Berlin's meanwhile */
async function cutOff(stage: Stage): Promise<Reservation> {
  const { hub, berlin, hamburg, shelves } = stage;
  step('The line to Berlin is cut');
  berlin.line.cut();
  const kept = await keepAside(berlin, 2, shelves);
  tell('Berlin owns 7, keeps 2 aside for a customer, and hands them over', kept);
  const ordered = await order(hub, berlin, 4);
  tell("the web shop owns 10 of Berlin's and sells 4", ordered);
  const tooMany = await sell(berlin, 6, shelves);
  tell('the till in Berlin wants 6 and owns 5', tooMany);
  const again = await sell(berlin, 6, shelves);
  tell('and again; the shop remembers that nobody answers', again);
  const online = await order(hub, berlin, 7);
  tell("the web shop wants 7 of Berlin's and owns 6", online);
  const { counted, off } = await countShelf(berlin, shelves);
  say(`Berlin counts its shelf: ${counted} mugs, and the books are ${off} off`);
  const elsewhere = await sell(hamburg, 7, shelves);
  tell('elsewhere nobody notices: the till in Hamburg sells its last 7', elsewhere);
  if (!ordered.done) throw new Error('the hub could not sell what it owns');
  return ordered.body;
}

async function mend({ hub, berlin, shelves }: Stage, ordered: Reservation): Promise<void> {
  step('The line is mended');
  const startedAt = performance.now();
  berlin.line.mend();
  await shelves.settled(hub, berlin);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  say(`the two have told each other everything, ${seconds} s later`);
  await handOver(berlin, ordered, 4, shelves);
  say('the 4 that the web shop has sold meanwhile were handed over in Berlin');
  let sold = await sell(berlin, 6, shelves);
  await until('the shop to ask its hub again', async () => {
    if (!sold.done) sold = await sell(berlin, 6, shelves);
    return sold.done;
  });
  tell('the till in Berlin wants 6 and owns 5; the hub passes 1 on', sold);
}

async function showBooks({ hub, berlin, hamburg, munich, shelves }: Stage): Promise<void> {
  step('The books');
  const shops = [berlin, hamburg, munich];
  const pages = [];
  for (const shop of shops) pages.push(await shelves.settled(hub, shop));
  table(pages);
  const nodes = [hub, ...shops];
  await Promise.all(nodes.map(({ database }) => holdfast(['verify', '--database', database])));
  say('holdfast verify: each of the four ledgers agrees with its own log');
}
