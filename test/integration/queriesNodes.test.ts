import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LinkCommand } from '../../src/domain/links/commands.ts';
import type { Listing } from '../../src/queries/listing.ts';
import { createQueries, type Queries } from '../../src/queries/queries.ts';
import type { QueryResult } from '../../src/queries/refusals.ts';
import type { Stock } from '../../src/queries/stock.ts';
import { everyPage } from '../support/everyPage.ts';
import { HUB, LinkedPair, type PairNode, SHOP } from '../support/linkedPair.ts';
import { at, reserve } from '../support/testLedger.ts';

const R1 = '019c1f9e-6c00-7000-8000-000000000001';
const SKUS = ['apple', 'pear', '\uFF5E', '😀'];

let pair: LinkedPair;
let hub: PairNode;
let shop: PairNode;

beforeEach(async () => {
  pair = await LinkedPair.open(SKUS);
  ({ hub, shop } = pair);
});
afterEach(() => pair.close());

function queriesOf(node: PairNode): Queries {
  return createQueries({ store: node.book.storage.queries, ledger: node.book.ledger });
}

function found<T>(result: QueryResult<T>): T {
  if (!result.ok) throw new Error(result.refusal.code);
  return result.value;
}

async function receive(sku: string, quantity: number): Promise<void> {
  await shop.accept({ type: 'receive', sku, location: 'north', quantity });
}

function passOn(sku: string): LinkCommand {
  const { link, log } = shop;
  return {
    type: 'shareOut',
    peer: HUB,
    session: link.session,
    after: link.considered,
    through: log.length,
    levels: [{ sku, location: 'north' }],
    reservations: [],
  };
}

/** 10 apples at the shop, of which the hub owns 5. */
async function stocked(sku = 'apple'): Promise<void> {
  await receive(sku, 10);
  await shop.accept(passOn(sku));
  await pair.exchange();
}

/** The newest entry of the shop's log that the hub has. */
function newest() {
  const entry = hub.book.tables.mirror.at(-1)?.event;
  return { position: entry?.position, time: entry?.time };
}

describe('a level', () => {
  it('shows what this node owns, and beside that what others do, and since when that is known', async () => {
    await stocked();
    await shop.accept({ type: 'sell', sku: 'apple', location: 'north', quantity: 2 });
    await pair.time.advance(1_000);
    await pair.carry(shop);
    const stock = found(await queriesOf(hub).stock('apple', 'north'));
    expect(stock).toMatchObject({ onHand: 5, available: 5 });
    expect(stock.nodes).toEqual([
      {
        node: SHOP,
        onHand: 3,
        available: 3,
        reserved: 0,
        committed: 0,
        unavailable: 0,
        version: shop.level('apple').version,
        movedAt: shop.log.at(-1)?.time,
        inTransit: 0,
        asOf: newest(),
      },
    ]);
  });

  it('shows what is on its way, until the other node has said that it has it', async () => {
    await receive('apple', 10);
    await shop.accept(passOn('apple'));
    const onTheWay = async () => {
      const { nodes } = found(await queriesOf(shop).stock('apple', 'north'));
      return nodes?.map(({ onHand, inTransit, asOf }) => [onHand, inTransit, asOf !== null]);
    };
    expect(await onTheWay()).toEqual([[0, 5, true]]);
    await pair.carry(shop);
    expect(await onTheWay()).toEqual([[0, 5, true]]);
    await pair.carry(hub);
    expect(await onTheWay()).toEqual([[5, 0, true]]);
  });

  it('says nothing of nodes that own none', async () => {
    await receive('apple', 10);
    expect(found(await queriesOf(shop).stock('apple', 'north'))).not.toHaveProperty('nodes');
    expect(await queriesOf(hub).stock('apple', 'north')).toMatchObject({ ok: false });
  });

  it('that only another node has is one without units of its own', async () => {
    await receive('apple', 10);
    await pair.carry(shop);
    const stock = found(await queriesOf(hub).stock('apple', 'north'));
    expect(stock).toMatchObject({ onHand: 0, available: 0, version: 0 });
    expect(stock.updatedAt).toBe(shop.log.at(-1)?.time);
    expect(stock.nodes).toMatchObject([{ node: SHOP, onHand: 10 }]);
  });
});

describe('the list of levels', () => {
  const names = (stocks: readonly Stock[]) =>
    stocks.map(({ sku, onHand, nodes = [] }) => [sku, onHand, nodes[0]?.onHand ?? 0]);
  const all = (limit: number, filter = {}) =>
    everyPage((paging): Promise<QueryResult<Listing<Stock>>> => {
      return queriesOf(hub).stocks(filter, paging);
    }, limit);

  beforeEach(async () => {
    await stocked('pear');
    await stocked('😀');
    await receive('apple', 3);
    await receive('\uFF5E', 4);
    await pair.carry(shop);
  });

  it.each([1, 2, 3, 100])('has each level once, in order, in pages of %d', async (limit) => {
    expect(names(await all(limit))).toEqual([
      ['apple', 0, 3],
      ['pear', 5, 5],
      ['\uFF5E', 0, 4],
      ['😀', 5, 5],
    ]);
  });

  it('is narrowed down', async () => {
    expect(names(await all(1, { skus: ['apple', '😀'] }))).toEqual([
      ['apple', 0, 3],
      ['😀', 5, 5],
    ]);
    expect(await all(1, { location: 'south' })).toEqual([]);
  });

  it('passes over what the other node has no more', async () => {
    await shop.accept({ type: 'sell', sku: 'apple', location: 'north', quantity: 3 });
    await pair.carry(shop);
    expect(names(await all(1)).map(([sku]) => sku)).toEqual(['pear', '\uFF5E', '😀']);
  });

  it('is a cut of cursors at a position of this log', async () => {
    const position = hub.log.length;
    const was = await all(2, { asOf: { position } });
    // What came with no event of the hub's own counts from its next event on.
    expect(names(was)).toEqual([
      ['pear', 5, 5],
      ['😀', 5, 5],
    ]);
    expect(was[0]?.nodes?.[0]).not.toHaveProperty('inTransit');
    await stocked('apple');
    expect(await all(2, { asOf: { position } })).toEqual(was);
    expect(names(await all(2, { asOf: { position: hub.log.length } }))).toEqual([
      ['apple', 6, 7],
      ['pear', 5, 5],
      ['\uFF5E', 0, 4],
      ['😀', 5, 5],
    ]);
  });
});

describe('the past', () => {
  it('says how far each log was known then', async () => {
    await stocked();
    const position = hub.log.length;
    const known = newest();
    const now = hub.log.at(-1)?.time ?? 0;
    await pair.time.advance(1_000);
    await shop.accept({ type: 'sell', sku: 'apple', location: 'north', quantity: 2 });
    await pair.exchange();
    const queries = queriesOf(hub);
    for (const asOf of [{ position }, { time: now }]) {
      const stock = found(await queries.stock('apple', 'north', asOf));
      expect(stock.nodes).toMatchObject([{ node: SHOP, onHand: 5, asOf: known }]);
    }
    const { nodes } = found(await queries.stock('apple', 'north'));
    expect(nodes).toMatchObject([{ onHand: 3, asOf: newest() }]);
  });

  it('of a node that is lost ends where it was given up', async () => {
    await stocked();
    const before = hub.log.length;
    const levels = [{ sku: 'apple', location: 'north' }];
    await hub.accept({ type: 'retireNode', peer: SHOP }, { type: 'writeOff', peer: SHOP, levels });
    const queries = queriesOf(hub);
    const nodesAt = async (position: number) =>
      found(await queries.stock('apple', 'north', { position })).nodes?.map(({ node }) => node);
    expect(await nodesAt(before)).toEqual([SHOP]);
    expect(await nodesAt(before + 1)).toBeUndefined();
    expect(await nodesAt(hub.log.length)).toBeUndefined();
    expect(found(await queries.stock('apple', 'north')).nodes).toBeUndefined();
  });
});

describe('availability', () => {
  it('is what can be promised here, and what others have besides', async () => {
    await stocked();
    await receive('pear', 3);
    await pair.carry(shop);
    expect(await queriesOf(hub).availability(['apple', 'pear', '😀'])).toEqual([
      {
        sku: 'apple',
        available: 5,
        elsewhere: 5,
        locations: [{ location: 'north', available: 5, elsewhere: 5 }],
        locationCount: 1,
      },
      {
        sku: 'pear',
        available: 0,
        elsewhere: 3,
        locations: [{ location: 'north', available: 0, elsewhere: 3 }],
        locationCount: 1,
      },
      { sku: '😀', available: 0, locations: [], locationCount: 0 },
    ]);
  });
});

describe('an explanation', () => {
  it('tells which node owns how many, since when that is known, and what is on its way', async () => {
    await stocked();
    await receive('apple', 2);
    await shop.accept(passOn('apple'));
    const at = new Date(shop.book.tables.mirror.at(-1)?.event.time ?? 0).toISOString();
    const { nodes, parts } = found(await queriesOf(shop).explain('apple', 'north', {}));
    expect(parts).toMatchObject([{ kind: 'available', quantity: 6 }]);
    expect(nodes.map(({ text }) => text)).toEqual([
      `hub owns 5 units, of which it can promise 5, as its log said at ${at}. 1 unit is on the way there.`,
    ]);
  });

  it('of what only another node has does not say that there is none', async () => {
    await receive('apple', 2);
    await pair.carry(shop);
    const { stock, parts, nodes } = found(await queriesOf(hub).explain('apple', 'north', {}));
    expect(stock).toMatchObject({ onHand: 0, version: 0 });
    expect(parts).toMatchObject([
      { kind: 'never_stocked', text: 'This node never owned any of it; other nodes do.' },
    ]);
    expect(nodes).toMatchObject([{ node: SHOP, onHand: 2 }]);
  });

  it('tells of what is missing there', async () => {
    await shop.accept({
      type: 'sell',
      sku: 'apple',
      location: 'north',
      quantity: 2,
      allowShortfall: true,
    });
    await pair.carry(shop);
    const { nodes } = found(await queriesOf(hub).explain('apple', 'north', {}));
    expect(nodes[0]?.text).toMatch(/^shop misses 2 units that it has promised or handed over, as/);
  });
});

describe('a reservation of another node', () => {
  it('is as the log of that node says so far', async () => {
    await stocked();
    await shop.accept(reserve(R1, [at('apple', 2)]));
    const read = () => queriesOf(hub).reservation(R1);
    expect(await read()).toMatchObject({ refusal: { code: 'reservation_not_found' } });
    await pair.carry(shop);
    const made = shop.log.at(-1)?.time;
    expect(found(await read())).toMatchObject({
      id: R1,
      madeBy: SHOP,
      status: 'held',
      createdAt: made,
      lines: [{ sku: 'apple', quantity: 2, confirmed: 0 }],
    });
    await pair.time.advance(1_000);
    await shop.accept({ type: 'confirm', reservationId: R1 });
    await pair.carry(shop);
    expect(found(await read())).toMatchObject({
      status: 'confirmed',
      createdAt: made,
      updatedAt: shop.log.at(-1)?.time,
    });
  });

  it('comes after one of the same id that was made here', async () => {
    await stocked();
    await shop.accept(reserve(R1, [at('apple', 2)]));
    await hub.accept(reserve(R1, [at('apple', 1)]));
    await pair.carry(shop);
    const own = found(await queriesOf(hub).reservation(R1));
    expect(own).not.toHaveProperty('madeBy');
    expect(own).toMatchObject({ lines: [{ quantity: 1 }] });
  });

  it('is read from what is mirrored at the shop, and then from the part that is handed over there', async () => {
    await stocked();
    await hub.accept(reserve(R1, [at('apple', 2)]));
    await pair.carry(hub);
    const read = async () => found(await queriesOf(shop).reservation(R1));
    expect(await read()).toMatchObject({ madeBy: HUB, status: 'held' });
    await hub.accept({ type: 'confirm', reservationId: R1 });
    const { session, considered } = hub.link;
    await hub.accept({
      type: 'shareOut',
      peer: SHOP,
      session,
      after: considered,
      through: hub.log.length,
      levels: [],
      reservations: [R1],
    });
    await pair.exchange();
    expect(await read()).toMatchObject({ madeBy: HUB, status: 'confirmed' });
    expect(found(await queriesOf(hub).reservation(R1))).toMatchObject({
      lines: [{ passed: { node: SHOP, open: 2, cancelled: 0 } }],
    });
  });
});

describe('the nodes', () => {
  it('are listed with how far each is known, and knows this one', async () => {
    await stocked();
    const { received } = hub.link;
    const report = { link: hub.link, newest: newest(), head: hub.log.length };
    expect(received).toBe(shop.log.length);
    expect(found(await queriesOf(hub).nodes({})).data).toEqual([report]);
    expect(found(await queriesOf(hub).node(SHOP))).toEqual(report);
    expect(await queriesOf(hub).node('unknown')).toMatchObject({
      refusal: { code: 'node_not_found', node: 'unknown' },
    });
  });

  it('come page by page', async () => {
    const kind = { kind: 'store', attributes: null } as const;
    for (const location of ['a', 'b', 'c']) {
      const content = { name: location, ...kind };
      await hub.accept({ type: 'putLocation', location, content });
      const { secret, policy } = hub.link;
      const ends = { peer: `node-${location}`, peerRole: 'store', self: HUB } as const;
      await hub.accept({ type: 'addLink', link: { ...ends, location, secret, policy } });
    }
    const all = await everyPage((paging) => queriesOf(hub).nodes(paging), 1);
    expect(all.map(({ link }) => link.peer)).toEqual(['node-a', 'node-b', 'node-c', SHOP]);
  });
});
