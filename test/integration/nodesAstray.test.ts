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
