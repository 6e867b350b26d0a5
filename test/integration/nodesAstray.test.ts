import { afterEach, describe, expect, test } from 'vitest';
import { rebuildBooks } from '../../src/ledger/rebuild.ts';
import { Stage } from '../support/nodes/stage.ts';
import type { TestShop } from '../support/nodes/testShop.ts';
import { arrival, dispatch, standing } from '../support/nodes/transfers.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

/** A hub with 10 units of tea in its warehouse `W`, a second place `X` of its own, and a shop at `S`. */
async function chain(): Promise<TestShop> {
  stage = await Stage.open(['S', 'W', 'X']);
  await stage.hub.receive('tea', 'W', 10);
  return stage.addShop('s1', 'S');
}

const BETWEEN_HUBS = { from: 'W', to: 'X' };

describe('goods that come to a shop under the id of a transfer between two places of the hub', () => {
  test('are told of when the hub explains them, though neither end is a shop', async () => {
    const s = await chain();
    const id = stage.newId();
    expect(await stage.hub.ask(dispatch(id, 5, BETWEEN_HUBS))).toBe('in_transit');
    expect(await s.ask(arrival(id, 2, { to: 'S' }))).toBe('unmatched');
    await stage.pass(1_000);
    expect(await standing(s, id)).toBe('in_transit W > X tea 5 sent, 2 received, 3 under way');
    const rest = arrival(id, 2, { reason: 'one is missing' });
    expect(await stage.hub.ask(rest)).toBe('received');
    await stage.pass(1_000);
    const said = 'received W > X tea 5 sent, 4 received, 1 lost';
    expect(await standing(stage.hub, id)).toBe(said);
    expect(await standing(s, id)).toBe(said);
  });

  test('leave books that verify, and are the same when made anew, long after it has ended', async () => {
    const s = await chain();
    const id = stage.newId();
    await stage.hub.ask(dispatch(id, 5, BETWEEN_HUBS));
    await stage.pass(100);
    expect(await stage.hub.ask(arrival(id, 5))).toBe('received');
    // More than the page that is folded at once.
    for (let i = 0; i < 1_010; i++) await stage.hub.receive('tea', 'W', 1);
    expect(await s.ask(arrival(id, 3, { to: 'S' }))).toBe('unmatched');
    await stage.pass(1_000);
    const { queries, books } = stage.hub.process.storage;
    const before = await queries.transfer(id);
    expect(await standing(stage.hub, id)).toBe(
      'in_transit W > X tea 5 sent, 8 received, -3 under way',
    );
    await rebuildBooks(books);
    expect(await queries.transfer(id)).toEqual(before);
  });
});

describe('goods that another shop has booked as its own, by mistake or not', () => {
  /** The hub sends 5 units from W to X, and the shop at S says that all of them came to it. */
  async function claimed(): Promise<{ s: TestShop; id: string }> {
    const s = await chain();
    const id = stage.newId();
    await stage.hub.ask(dispatch(id, 5, BETWEEN_HUBS));
    expect(await s.ask(arrival(id, 5, { to: 'S' }))).toBe('unmatched');
    await stage.pass(1_000);
    expect(await standing(stage.hub, id)).toBe('received W > X tea 5 sent, 5 received');
    return { s, id };
  }

  test('are taken in where they were sent to, and show as excess until a reason is given', async () => {
    const { s, id } = await claimed();
    expect(await stage.hub.ask(arrival(id, 5))).toBe('in_transit');
    expect(await stage.hub.ask(arrival(id, 5))).toBe('in_transit');
    expect(await stage.hub.available('tea', 'X')).toBe(5);
    await stage.pass(1_000);
    const both = 'in_transit W > X tea 5 sent, 10 received, -5 under way';
    expect(await standing(stage.hub, id)).toBe(both);
    expect(await standing(s, id)).toBe(both);
    const reason = 'S has none of it, and will count';
    expect(await stage.hub.ask(arrival(id, 5, { reason }))).toBe('received');
    await stage.pass(1_000);
    const settled = 'received W > X tea 5 sent, 10 received, 5 found';
    expect(await standing(stage.hub, id)).toBe(settled);
    expect(await standing(s, id)).toBe(settled);
  });

  test('and no more than were sent, unless a reason is given', async () => {
    const { id } = await claimed();
    expect(await stage.hub.ask(arrival(id, 6))).toBe('receipt_exceeds_transfer');
    expect(await stage.hub.ask(arrival(id, 6, { reason: 'one more' }))).toBe('received');
    expect(await stage.hub.available('tea', 'X')).toBe(6);
  });

  test('before their dispatch is known: they are taken in at every place that has them', async () => {
    const s = await chain();
    const id = stage.newId();
    await s.ask(arrival(id, 5, { to: 'S' }));
    await stage.pass(1_000);
    expect(await stage.hub.ask(arrival(id, 4, { to: 'Y' }))).toBe('location_not_found');
    expect(await stage.hub.ask(arrival(id, 4, { to: 'S' }))).toBe('custody_elsewhere');
    expect(await stage.hub.ask(arrival(id, 4, { to: 'X' }))).toBe('unmatched');
    expect(await stage.hub.available('tea', 'X')).toBe(4);
    await stage.pass(1_000);
    const both = 'unmatched ? > S tea 9 received, -9 under way';
    expect(await standing(stage.hub, id)).toBe(both);
    expect(await standing(s, id)).toBe(both);
    expect(await stage.hub.ask(dispatch(id, 4, BETWEEN_HUBS))).toBe('in_transit');
    await stage.pass(1_000);
    const known = 'in_transit W > X tea 4 sent, 9 received, -5 under way';
    expect(await standing(stage.hub, id)).toBe(known);
    expect(await standing(s, id)).toBe(known);
  });
});

describe('two shops that send goods under the same id', () => {
  test('take back what each has sent, and what arrives is received of both', async () => {
    stage = await Stage.open(['S', 'T', 'U']);
    const s = await stage.addShop('s1', 'S');
    const t = await stage.addShop('t1', 'T');
    const u = await stage.addShop('u1', 'U');
    for (const shop of [s, u]) await shop.receive('tea', shop.location, 10);
    for (const shop of [s, u]) shop.cutOff();
    const id = stage.newId();
    expect(await s.ask(dispatch(id, 3))).toBe('in_transit');
    expect(await u.ask(dispatch(id, 2, { from: 'U' }))).toBe('in_transit');
    for (const shop of [s, u]) await shop.heal();
    expect(await standing(t, id)).toBe('in_transit S > T tea 5 sent, 5 under way');
    expect(await u.ask({ type: 'cancelTransfer', transferId: id })).toBe('in_transit');
    expect(await u.available('tea', 'U')).toBe(10);
    await stage.pass(1_000);
    expect(await t.ask(arrival(id, 3))).toBe('received');
    await stage.pass(1_000);
    const said = 'S > T tea 5 sent, 3 received, 2 returned';
    expect(await standing(t, id)).toBe(`received ${said}`);
    expect(await standing(s, id)).toBe(`received ${said}`);
  });
});
