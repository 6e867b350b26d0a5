import { afterEach, describe, expect, test } from 'vitest';
import type { Tables } from '../../simulator/memoryStorage/tables.ts';
import type { Command } from '../../src/domain/commands.ts';
import { lineOf } from '../../src/domain/transfer.ts';
import { rebuildBooks } from '../../src/ledger/rebuild.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { Stage } from '../support/nodes/stage.ts';
import type { TestNode } from '../support/nodes/testNode.ts';
import type { TestShop } from '../support/nodes/testShop.ts';
import { arrival, dispatch, standing } from '../support/nodes/transfers.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

interface Chain {
  /** At S, with 10 units of tea and as many of salt. */
  readonly s: TestShop;
  /** At T, with nothing. */
  readonly t: TestShop;
  readonly id: string;
}

async function chain(policy?: {
  readonly hubShare: number;
  readonly floor: number;
}): Promise<Chain> {
  stage = await Stage.open(['S', 'T', 'W'], ['tea', 'salt']);
  const s = await stage.addShop('s1', 'S');
  const t = await stage.addShop('t1', 'T', policy);
  await s.receive('tea', 'S', 10);
  await s.receive('salt', 'S', 10);
  await stage.pass(1_000);
  return { s, t, id: stage.newId() };
}

/** What every node that may know of it says of the transfer, which is to be the same. */
async function everywhere(id: string, nodes: readonly TestNode[] = stage.nodes) {
  const said = await Promise.all(nodes.map((node) => standing(node, id)));
  const [first] = said;
  expect(said).toEqual(said.map(() => first));
  return first;
}

async function available(...places: readonly (readonly [TestNode, string])[]) {
  return Promise.all(places.map(([node, location]) => node.available('tea', location)));
}

function cancel(transferId: string): Command {
  return { type: 'cancelTransfer', transferId };
}

describe('goods from shop to shop', () => {
  test('leave one, and arrive at the other, which has heard of them', async () => {
    const { s, t, id } = await chain();
    expect(await s.ask(dispatch(id, 4, { reference: 'van 7' }))).toBe('in_transit');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('in_transit S > T tea 4 sent, 4 under way');
    expect((await t.process.storage.queries.transfer(id))?.reference).toBe('van 7');
    expect(await available([s, 'S'], [t, 'T'])).toEqual([6, 0]);
    expect(await t.ask(arrival(id, 4))).toBe('received');
    expect(await available([s, 'S'], [t, 'T'])).toEqual([6, 4]);
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 4 received');
    expect(await stage.unitsOf('tea')).toBe(10);
  });

  test('in parts, of several kinds', async () => {
    const { s, t, id } = await chain();
    const lines = [
      { sku: 'tea', quantity: 4 },
      { sku: 'salt', quantity: 3 },
    ];
    await s.ask(dispatch(id, 0, { lines }));
    await stage.pass(1_000);
    expect(await t.ask(arrival(id, 1))).toBe('in_transit');
    expect(await t.ask(arrival(id, 3))).toBe('in_transit');
    expect(await t.ask(arrival(id, 3))).toBe('in_transit');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe(
      'in_transit S > T salt 3 sent, 3 under way; tea 4 sent, 3 received, 1 under way',
    );
    expect(await t.ask({ type: 'receiveTransfer', transferId: id })).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe(
      'received S > T salt 3 sent, 3 received; tea 4 sent, 4 received',
    );
  });

  test('are sent and received by who has them in hand', async () => {
    const { s, t, id } = await chain();
    expect(await stage.hub.ask(dispatch(id, 4))).toBe('custody_elsewhere');
    expect(await t.ask(dispatch(id, 4))).toBe('custody_elsewhere');
    expect(await s.ask(dispatch(id, 4))).toBe('in_transit');
    await stage.pass(1_000);
    for (const node of [stage.hub, s]) {
      expect(await node.ask(arrival(id, 4))).toBe('custody_elsewhere');
      expect(await node.ask(arrival(id, 4, { to: 'W' }))).toBe('transfer_elsewhere');
    }
    for (const node of [stage.hub, t]) expect(await node.ask(cancel(id))).toBe('custody_elsewhere');
    expect(await stage.hub.ask({ ...arrival(id, 4), transferId: stage.newId(), to: 'S' })).toBe(
      'custody_elsewhere',
    );
    expect(await everywhere(id)).toBe('in_transit S > T tea 4 sent, 4 under way');
  });

  test('by an id on the papers: the same again is done once, and another is refused', async () => {
    const { s, id } = await chain();
    const sent = dispatch(id, 4, { reference: 'van 7' });
    expect(await s.askAll([sent, sent])).toEqual(['in_transit', 'in_transit']);
    expect(await s.ask(sent)).toBe('in_transit');
    expect(await s.ask(dispatch(id, 4))).toBe('transfer_id_taken');
    expect(await s.ask(dispatch(id, 3, { reference: 'van 7' }))).toBe('transfer_id_taken');
    expect(await s.available('tea', 'S')).toBe(6);
  });

  test('only units that the shop owns; it may borrow for it', async () => {
    stage = await Stage.open(['S', 'T']);
    const s = await stage.addShop('s1', 'S', { hubShare: 0.5, floor: 0 });
    await stage.addShop('t1', 'T');
    await s.receive('tea', 'S', 10);
    await stage.pass(1_000);
    expect(await s.ask(dispatch(stage.newId(), 8))).toBe('in_transit');
    s.cutOff();
    await s.ask(dispatch(stage.newId(), 1));
    expect(await s.ask(dispatch(stage.newId(), 2))).toBe('insufficient_stock');
    await s.heal();
  });

  test('what arrives is shared by the policy of where it arrives', async () => {
    const { s, t, id } = await chain({ hubShare: 0.5, floor: 0 });
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    await t.ask(arrival(id, 4));
    await stage.pass(1_000);
    expect(await available([t, 'T'], [stage.hub, 'T'])).toEqual([2, 2]);
  });

  test('by two clerks at once, arrive once', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    const clerk = arrival(id, 4);
    expect(await t.askAll([clerk, clerk])).toEqual(['received', 'received']);
    expect(await t.available('tea', 'T')).toBe(4);
  });
});

describe('goods from and to the warehouse of the hub', () => {
  test('go to a shop', async () => {
    const { s, t, id } = await chain();
    await stage.hub.receive('tea', 'W', 5);
    expect(await stage.hub.ask(dispatch(id, 5, { from: 'W' }))).toBe('in_transit');
    await stage.pass(1_000);
    expect(await everywhere(id, [stage.hub, t])).toBe('in_transit W > T tea 5 sent, 5 under way');
    expect(await standing(s, id)).toBeNull();
    expect(await t.ask(arrival(id, 5))).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id, [stage.hub, t])).toBe('received W > T tea 5 sent, 5 received');
  });

  test('and come from one', async () => {
    const { s, id } = await chain();
    await s.ask(dispatch(id, 5, { to: 'W' }));
    await stage.pass(1_000);
    expect(await stage.hub.ask(arrival(id, 5))).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id, [stage.hub, s])).toBe('received S > W tea 5 sent, 5 received');
    expect(await available([s, 'S'], [stage.hub, 'W'])).toEqual([5, 5]);
  });

  test('arrive there before the hub has heard of them', async () => {
    const { s, id } = await chain();
    s.cutOff();
    await s.ask(dispatch(id, 5, { to: 'W' }));
    expect(await stage.hub.ask(arrival(id, 4))).toBe('transfer_not_found');
    expect(await stage.hub.ask(arrival(id, 4, { to: 'W' }))).toBe('unmatched');
    expect(await standing(stage.hub, id)).toBe('unmatched ? > W tea 4 received, -4 under way');
    await s.heal();
    expect(await everywhere(id, [stage.hub, s])).toBe(
      'in_transit S > W tea 5 sent, 4 received, 1 under way',
    );
    expect(await stage.hub.ask(arrival(id, 5))).toBe('received');
  });

  test('are received though their dispatch was forgotten, and matched when it is booked', async () => {
    const { t, id } = await chain();
    await stage.hub.receive('tea', 'W', 5);
    expect(await t.ask(arrival(id, 5, { to: 'T' }))).toBe('unmatched');
    await stage.pass(1_000);
    expect(await everywhere(id, [stage.hub, t])).toBe(
      'unmatched ? > T tea 5 received, -5 under way',
    );
    expect(await stage.hub.ask(dispatch(id, 5, { from: 'W', to: 'S' }))).toBe('transfer_id_taken');
    expect(await stage.hub.ask(dispatch(id, 5, { from: 'W' }))).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id, [stage.hub, t])).toBe('received W > T tea 5 sent, 5 received');
  });
});

describe('while lines are cut', () => {
  test('goods that arrive before the message are there at once, and matched when it comes', async () => {
    const { s, t, id } = await chain();
    s.cutOff();
    await s.ask(dispatch(id, 4));
    expect(await t.ask(arrival(id, 4))).toBe('transfer_not_found');
    expect(await t.ask(arrival(id, 4, { to: 'T' }))).toBe('unmatched');
    expect(await t.ask(arrival(id, 4, { to: 'T' }))).toBe('unmatched');
    expect(await t.ask({ type: 'sell', sku: 'tea', location: 'T', quantity: 1 })).toBe('ok');
    await stage.pass(1_000);
    expect(await everywhere(id, [stage.hub, t])).toBe(
      'unmatched ? > T tea 4 received, -4 under way',
    );
    const unmatched = await stage.hub.process.storage.queries.transfers({
      status: 'unmatched',
      limit: 10,
    });
    expect(unmatched.map((transfer) => transfer.id)).toEqual([id]);
    expect(await stage.hub.ask(cancel(id))).toBe('transfer_unmatched');
    await s.heal();
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 4 received');
    expect(await stage.unitsOf('tea')).toBe(9);
  });

  test('those of the source learn of all that has arrived, though they sent something else', async () => {
    const { s, t, id } = await chain();
    s.cutOff();
    await s.ask(dispatch(id, 4));
    const lines = [
      { sku: 'salt', quantity: 2 },
      { sku: 'tea', quantity: 4 },
    ];
    await t.ask(arrival(id, 0, { to: 'T', lines }));
    await s.heal();
    const said = 'in_transit S > T salt 2 received, -2 under way; tea 4 sent, 4 received';
    expect(await everywhere(id)).toBe(said);
    expect(
      await t.ask({ type: 'receiveTransfer', transferId: id, reason: 'salt by mistake' }),
    ).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe(
      'received S > T salt 2 received, 2 found; tea 4 sent, 4 received',
    );
  });

  test('at the destination, it books on its own and is matched when it is back', async () => {
    const { s, t, id } = await chain();
    t.cutOff();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    expect(await t.ask(arrival(id, 3, { to: 'T' }))).toBe('unmatched');
    await t.heal();
    expect(await everywhere(id)).toBe('in_transit S > T tea 4 sent, 3 received, 1 under way');
    expect(await t.ask(arrival(id, 4))).toBe('received');
  });

  test('at both ends', async () => {
    const { s, t, id } = await chain();
    s.cutOff();
    t.cutOff();
    await s.ask(dispatch(id, 4));
    await t.ask(arrival(id, 4, { to: 'T' }));
    await t.heal();
    expect(await standing(stage.hub, id)).toBe('unmatched ? > T tea 4 received, -4 under way');
    await s.heal();
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 4 received');
  });

  test('the hub may be down all the while', async () => {
    const { s, t, id } = await chain();
    stage.hub.crash();
    await s.ask(dispatch(id, 4));
    await t.ask(arrival(id, 4, { to: 'T' }));
    await stage.hub.start();
    await stage.pass(30_000);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 4 received');
  });

  test('a reason given to what is not matched yet is kept, and closes nothing', async () => {
    const { s, t, id } = await chain();
    s.cutOff();
    await s.ask(dispatch(id, 4));
    const damaged = arrival(id, 3, { to: 'T', reason: 'one broken' });
    expect(await t.ask(damaged)).toBe('unmatched');
    expect(await t.ask(damaged)).toBe('unmatched');
    await s.heal();
    expect(await everywhere(id)).toBe('in_transit S > T tea 4 sent, 3 received, 1 under way');
    expect(await t.ask(damaged)).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 3 received, 1 lost');
  });

  test('goods of which nobody will ever book a dispatch are settled by a reason alone', async () => {
    const { t, id } = await chain();
    await t.ask(arrival(id, 3, { to: 'T' }));
    const settled: Command = { type: 'receiveTransfer', transferId: id, reason: 'from the fair' };
    expect(await t.ask(settled)).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id, [stage.hub, t])).toBe('received ? > T tea 3 received, 3 found');
    expect(await t.available('tea', 'T')).toBe(3);
  });
});

describe('differences', () => {
  test('less: the rest stays under way until a reason says that it will not come', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    expect(await t.ask(arrival(id, 3))).toBe('in_transit');
    expect(await t.ask(arrival(id, 3, { reason: 'one broken' }))).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 3 received, 1 lost');
    expect(await stage.unitsOf('tea')).toBe(9);
  });

  test('more: needs a reason where the dispatch is known', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    expect(await t.ask(arrival(id, 5))).toBe('receipt_exceeds_transfer');
    expect(await t.ask(arrival(id, 5, { reason: 'one more in the box' }))).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 5 received, 1 found');
  });

  test('more, received unmatched: is shown at both ends until a reason settles it', async () => {
    const { s, t, id } = await chain();
    s.cutOff();
    await s.ask(dispatch(id, 4));
    await t.ask(arrival(id, 6, { to: 'T' }));
    await s.heal();
    const said = 'in_transit S > T tea 4 sent, 6 received, -2 under way';
    expect(await everywhere(id)).toBe(said);
    expect(await t.ask(arrival(id, 6))).toBe('in_transit');
    expect(await t.ask(arrival(id, 7))).toBe('receipt_exceeds_transfer');
    const before = await t.units('tea', 'T');
    expect(await t.ask(arrival(id, 6, { reason: 'counted twice' }))).toBe('received');
    expect(await t.units('tea', 'T')).toEqual(before);
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 6 received, 2 found');
  });

  test('nothing more arrives of what is closed', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    await t.ask(arrival(id, 4));
    expect(await t.ask(arrival(id, 5))).toBe('transfer_received');
    expect(await t.ask(arrival(id, 5, { reason: 'one more' }))).toBe('transfer_received');
    expect(await t.ask(arrival(id, 4))).toBe('received');
  });

  test('a line that was not sent needs to say where it has come to', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    const lines = [{ sku: 'salt', quantity: 1 }];
    expect(await t.ask(arrival(id, 0, { lines }))).toBe('line_not_in_transfer');
    expect(await t.ask(arrival(id, 0, { lines, to: 'T' }))).toBe('in_transit');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe(
      'in_transit S > T salt 1 received, -1 under way; tea 4 sent, 4 under way',
    );
  });

  test('goods that were sent somewhere else are where they are', async () => {
    const { s, t, id } = await chain();
    s.cutOff();
    await s.ask(dispatch(id, 4, { to: 'W' }));
    await t.ask(arrival(id, 4, { to: 'T' }));
    await s.heal();
    expect(await everywhere(id)).toBe('received S > W tea 4 sent, 4 received');
    expect(await available([t, 'T'], [stage.hub, 'W'])).toEqual([4, 0]);
  });
});

describe('goods that come to two places', () => {
  test('are counted at both, though neither knows of the other', async () => {
    const { s, t, id } = await chain();
    s.cutOff();
    t.cutOff();
    await s.ask(dispatch(id, 6, { to: 'W' }));
    expect(await t.ask(arrival(id, 4, { to: 'T' }))).toBe('unmatched');
    expect(await stage.hub.ask(arrival(id, 2, { to: 'W' }))).toBe('unmatched');
    await t.heal();
    await s.heal();
    expect(await everywhere(id)).toBe('received S > W tea 6 sent, 6 received');
    expect(await available([t, 'T'], [stage.hub, 'W'])).toEqual([4, 2]);
  });

  test('and what is settled at one is known at the other', async () => {
    const { s, t, id } = await chain();
    s.cutOff();
    await s.ask(dispatch(id, 6, { to: 'W' }));
    await t.ask(arrival(id, 4, { to: 'T' }));
    await s.heal();
    const said = 'in_transit S > W tea 6 sent, 4 received, 2 under way';
    expect(await everywhere(id)).toBe(said);
    expect(await t.ask(arrival(id, 5))).toBe('custody_elsewhere');
    expect(await stage.hub.ask(arrival(id, 1, { reason: 'one broken' }))).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('received S > W tea 6 sent, 5 received, 1 lost');
    expect(await available([t, 'T'], [stage.hub, 'W'])).toEqual([4, 1]);
  });
});

describe('a dispatch that is taken back', () => {
  test('at the source: the goods are there again', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    expect(await s.ask(cancel(id))).toBe('cancelled');
    expect(await s.ask(cancel(id))).toBe('cancelled');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('cancelled S > T tea 4 sent, 4 returned');
    expect(await s.available('tea', 'S')).toBe(10);
    expect(await t.ask(arrival(id, 4))).toBe('transfer_cancelled');
  });

  test('arrives all the same with a reason', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    await s.ask(cancel(id));
    await stage.pass(1_000);
    expect(await t.ask(arrival(id, 4, { reason: 'the van had left' }))).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 4 received, 4 returned, 4 found');
  });

  test('while the other end receives it: what both claim is a difference', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    s.cutOff();
    expect(await t.ask(arrival(id, 3))).toBe('in_transit');
    expect(await s.ask(cancel(id))).toBe('cancelled');
    await s.heal();
    const said = 'in_transit S > T tea 4 sent, 3 received, 4 returned, -3 under way';
    expect(await everywhere(id)).toBe(said);
    expect(await s.ask(cancel(id))).toBe('in_transit');
    expect(await t.ask(arrival(id, 4))).toBe('receipt_exceeds_transfer');
    expect(await t.ask(arrival(id, 3, { reason: 'they are here' }))).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 3 received, 4 returned, 3 found');
  });

  test('not when all has arrived', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    await t.ask(arrival(id, 4));
    await stage.pass(1_000);
    expect(await s.ask(cancel(id))).toBe('transfer_received');
  });
});

describe('the books of each node', () => {
  /** Goods that were sent, received in part, called back by mistake, and more that nobody has sent. */
  async function busy() {
    const { s, t, id } = await chain();
    await stage.hub.receive('tea', 'W', 5);
    await s.ask(dispatch(id, 4));
    await stage.hub.ask(dispatch(stage.newId(), 2, { from: 'W' }));
    await stage.pass(1_000);
    s.cutOff();
    await t.ask(arrival(id, 3));
    await t.ask(arrival(stage.newId(), 1, { to: 'T' }));
    await s.ask(cancel(id));
    await s.heal();
    return { s, t, id };
  }

  test('are made again from its own log', async () => {
    await busy();
    for (const { process, disk } of stage.nodes) {
      const before = [...disk.tables.transfers.values()];
      expect(before.length).toBeGreaterThan(0);
      await stage.until(rebuildBooks(process.storage.books));
      const again = before.map(({ id }) => disk.tables.transfers.get(id));
      expect(again).toEqual(before);
      expect(disk.tables.transfers.size).toBe(before.length);
    }
  });

  test.each<readonly [string, (tables: Tables, id: string) => void, readonly string[]]>([
    [
      'goods that arrived for no transfer',
      ({ events }) => {
        const at = events.findIndex(({ type }) => type === 'arrive');
        const event = events[at];
        if (event) events[at] = { ...event, details: null };
      },
      // What it did to the transfer was heard from the hub as well.
      ['transit_differs'],
    ],
    [
      'another total in what was heard',
      ({ events }) => {
        const at = events.findIndex(({ type }) => type === 'transfer_step');
        const event = events[at];
        const places = event?.details?.places?.map((place) => ({ ...place, quantity: 9 })) ?? [];
        if (event) events[at] = { ...event, details: { ...event.details, places } };
      },
      ['transfer_differs'],
    ],
    [
      'another total in the row',
      ({ transfers }, id) => {
        const row = transfers.get(id);
        const [line] = row?.lines ?? [];
        const places = line?.places.map((place) => ({ ...place, lost: 1 })) ?? [];
        if (row && line) transfers.set(id, { ...row, lines: [lineOf(line.sku, places)] });
      },
      ['transfer_differs'],
    ],
  ])('are found to be wrong by verify: %s', async (_what, damage, codes) => {
    const { t, id } = await busy();
    const whole = t.backup();
    damage(t.disk.tables, id);
    const { findings } = await stage.until(verifyBooks(t.process.storage.books));
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining([...codes]));
    Object.assign(t.disk.tables, whole);
  });
});

describe('machines that fail', () => {
  test('any node that starts again goes on where it was', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    for (const node of stage.nodes) await node.restart();
    await stage.pass(30_000);
    await t.ask(arrival(id, 3));
    for (const node of stage.nodes) await node.restart();
    await stage.pass(30_000);
    expect(await everywhere(id)).toBe('in_transit S > T tea 4 sent, 3 received, 1 under way');
  });

  test('a source that was restored has sent it all the same, once', async () => {
    const { s, t, id } = await chain();
    const backup = s.backup();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    await t.ask(arrival(id, 3));
    await stage.pass(1_000);
    await recovered(s, backup);
    expect(await everywhere(id)).toBe('in_transit S > T tea 4 sent, 3 received, 1 under way');
    expect(await available([s, 'S'], [t, 'T'])).toEqual([6, 3]);
    expect(await s.ask(dispatch(id, 4))).toBe('in_transit');
    expect(await s.available('tea', 'S')).toBe(6);
  });

  test('a destination that was restored has received it all the same, once', async () => {
    const { s, t, id } = await chain();
    const backup = t.backup();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    await t.ask(arrival(id, 3));
    await stage.pass(1_000);
    await recovered(t, backup);
    expect(await everywhere(id)).toBe('in_transit S > T tea 4 sent, 3 received, 1 under way');
    expect(await available([s, 'S'], [t, 'T'])).toEqual([6, 3]);
    expect(await t.ask(arrival(id, 4))).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 4 received');
  });

  test('and what was booked again meanwhile is not booked twice', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    const backup = t.backup();
    await t.ask(arrival(id, 4));
    await stage.pass(1_000);
    await t.restore(backup);
    expect(await t.ask(arrival(id, 4))).toBe('received');
    await stage.pass(5_000);
    await stage.hub.reconcile('t1');
    await t.restart();
    await stage.pass(30_000);
    expect(await t.available('tea', 'T')).toBe(4);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 4 received');
  });

  test('nor though only a part was, or more', async () => {
    for (const units of [2, 4]) {
      const { s, t, id } = await chain();
      const backup = t.backup();
      await s.ask(dispatch(id, 5));
      await stage.pass(1_000);
      await t.ask(arrival(id, 1));
      await t.ask(arrival(id, 3));
      await stage.pass(1_000);
      await t.restore(backup);
      expect(await t.ask(arrival(id, units, { to: 'T' }))).toBe('unmatched');
      await stage.pass(5_000);
      await stage.hub.reconcile('t1');
      await t.restart();
      await stage.pass(30_000);
      const there = Math.max(units, 3);
      expect(await t.available('tea', 'T')).toBe(there);
      expect(await everywhere(id)).toBe(
        `in_transit S > T tea 5 sent, ${there} received, ${5 - there} under way`,
      );
      if (units === 2) await stage.close();
    }
  });

  test('a hub that was restored hears of it again', async () => {
    const { s, t, id } = await chain();
    await stage.hub.receive('tea', 'W', 5);
    await stage.pass(1_000);
    const backup = stage.hub.backup();
    const before = await stage.unitsOf('tea');
    const other = stage.newId();
    await s.ask(dispatch(id, 4));
    await stage.hub.ask(dispatch(other, 5, { from: 'W' }));
    await stage.pass(1_000);
    await t.ask(arrival(id, 3));
    await t.ask(arrival(other, 5));
    await stage.pass(1_000);
    await stage.hub.restore(backup);
    await stage.pass(5_000);
    for (const { name } of [s, t]) await stage.hub.reconcile(name);
    for (const shop of [s, t]) await shop.restart();
    await stage.pass(60_000);
    expect(await everywhere(id)).toBe('in_transit S > T tea 4 sent, 3 received, 1 under way');
    // What left the warehouse is in no copy of the hub's log; but the shop that it went to was told of it.
    expect(await stage.hub.available('tea', 'W')).toBe(0);
    expect(await stage.unitsOf('tea')).toBe(before - 1);
    expect(await everywhere(other, [stage.hub, t])).toBe('received W > T tea 5 sent, 5 received');
  });

  test('goods from a shop that was given up still arrive', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    s.crash();
    await stage.hub.retire('s1');
    await stage.pass(1_000);
    expect(await t.ask(arrival(id, 3))).toBe('in_transit');
    await stage.pass(1_000);
    expect(await stage.hub.ask(cancel(id))).toBe('received');
    expect(await stage.hub.available('tea', 'S')).toBe(1);
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 3 received, 1 returned');
  });

  test('goods to a shop that was given up are received, or missed, by the hub', async () => {
    const { s, t, id } = await chain();
    await s.ask(dispatch(id, 4));
    await stage.pass(1_000);
    t.crash();
    await stage.hub.retire('t1');
    await stage.pass(1_000);
    expect(await stage.hub.ask(arrival(id, 3, { reason: 'found in the yard' }))).toBe('received');
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 3 received, 1 lost');
    expect(await stage.hub.available('tea', 'T')).toBe(3);
    expect(await stage.unitsOf('tea')).toBe(9);
  });

  test('the first node of a place knows what was sent before it was there', async () => {
    const { s, id } = await chain();
    await stage.hub.receive('tea', 'W', 9);
    const other = stage.newId();
    await s.ask(dispatch(id, 4, { to: 'W' }));
    await stage.hub.ask(dispatch(other, 2, { from: 'W', to: 'S' }));
    await stage.pass(1_000);
    const w = await stage.addShop('w1', 'W');
    expect(await everywhere(id, [stage.hub, s, w])).toBe(
      'in_transit S > W tea 4 sent, 4 under way',
    );
    expect(await w.ask({ type: 'receiveTransfer', transferId: id })).toBe('received');
    expect(await w.ask(cancel(other))).toBe('cancelled');
    await stage.pass(1_000);
    expect(await everywhere(other, [stage.hub, s, w])).toBe(
      'cancelled W > S tea 2 sent, 2 returned',
    );
    // What was left there is the shop's as well.
    expect(await w.available('tea', 'W')).toBe(7 + 4 + 2);
  });

  test('a new node at the same place knows what there is to come', async () => {
    const { s, t, id } = await chain();
    const done = stage.newId();
    await s.ask(dispatch(id, 4));
    await s.ask(dispatch(done, 2));
    await stage.pass(1_000);
    await t.ask(arrival(id, 1));
    await t.ask(arrival(done, 2));
    await stage.pass(1_000);
    t.crash();
    await stage.hub.retire('t1');
    const again = await stage.addShop('t2', 'T');
    expect(await standing(again, done)).toBe('received S > T tea 2 sent, 2 received');
    expect(await again.ask(arrival(id, 4))).toBe('received');
    expect(await again.available('tea', 'T')).toBe(3);
    await stage.pass(1_000);
    expect(await everywhere(id)).toBe('received S > T tea 4 sent, 4 received');
  });
});

/** The node goes on from a backup, and is reconciled with the hub. */
async function recovered(shop: TestShop, backup: ReturnType<TestShop['backup']>): Promise<void> {
  await shop.restore(backup);
  await stage.pass(5_000);
  await stage.hub.reconcile(shop.name);
  await shop.restart();
  await stage.pass(60_000);
  expect(shop.isConnected).toBe(true);
}
