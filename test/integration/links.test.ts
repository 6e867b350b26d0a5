import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/commands.ts';
import type { LinkCommand } from '../../src/domain/links/commands.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { HUB, LinkedPair, type PairNode, SHOP } from '../support/linkedPair.ts';
import { at, reserve } from '../support/testLedger.ts';

const R1 = '019c1f9e-6c00-7000-8000-000000000001';
const Q1 = '019c1f9e-6c00-7000-8000-0000000000f1';

function move(type: 'receive' | 'sell' | 'count', quantity: number, fields = {}): Command {
  return { type, sku: 'apple', location: 'north', quantity, ...fields };
}

function want(peer: string, units: number, request = Q1): LinkCommand {
  return { type: 'ask', request, wants: [{ peer, sku: 'apple', location: 'north', units }] };
}

function shareOut(
  { link, log, peer }: PairNode,
  reservations: readonly string[] = [],
): LinkCommand {
  const { session, considered } = link;
  const through = log.length;
  const levels = reservations.length > 0 ? [] : [{ sku: 'apple', location: 'north' }];
  return { type: 'shareOut', peer, session, after: considered, through, levels, reservations };
}

let pair: LinkedPair;
let hub: PairNode;
let shop: PairNode;

beforeEach(async () => {
  pair = await LinkedPair.open(['apple']);
  ({ hub, shop } = pair);
});
afterEach(() => pair.close());

/** 10 apples in the shop, of which the hub owns what the policy says. */
async function stocked(quantity = 10): Promise<void> {
  await shop.accept(move('receive', quantity));
  await shop.accept(shareOut(shop));
  await pair.exchange();
}

describe('a link', () => {
  it('makes the location the shop’s to handle', async () => {
    expect(await hub.ask(move('receive', 5))).toBe('custody_elsewhere');
    expect(await hub.ask(move('count', 5))).toBe('custody_elsewhere');
    expect(await shop.ask(move('receive', 5))).toBe('ok');
  });

  it('is one to each node, and one at each location', async () => {
    const { secret, policy } = hub.link;
    const link = { location: 'north', peerRole: 'store', self: HUB, secret, policy } as const;
    const add = (peer: string, location = 'north') =>
      hub.ask({ type: 'addLink', link: { ...link, peer, location } });
    expect(await add(SHOP)).toBe('node_exists');
    expect(await add('other')).toBe('node_exists');
    expect(await add('other', 'nowhere')).toBe('location_not_found');
    expect(hub.book.tables.links.size).toBe(1);
  });

  it('changes nothing by what belongs to an older session', async () => {
    await shop.accept(move('receive', 5));
    const late = pair.entriesOf(shop);
    await pair.shakeHands();
    expect(await hub.ask(late)).toBe('session_closed');
    const change = { acknowledged: 99 };
    const older = { type: 'updateLink', peer: SHOP, session: 1, change } as const;
    expect(await hub.ask(older)).toBe('session_closed');
    expect(await hub.ask({ ...older, peer: 'unknown' })).toBe('node_not_found');
    expect(hub.share('apple').available).toBe(0);
  });

  it('brings the catalogue of the hub to the shop', () => {
    expect(shop.book.tables.products.get('apple')).toMatchObject({ node: HUB });
    expect(shop.book.tables.locations.get('north')).not.toHaveProperty('node');
  });

  it('fences a location, and says so in the log', async () => {
    await stocked();
    const { session } = hub.link;
    const change = { fence: 'restored' } as const;
    await hub.accept({ type: 'updateLink', peer: SHOP, session, change });
    expect(await hub.ask(reserve(R1, [at('apple', 1)]))).toBe('node_fenced');
    await hub.accept({ type: 'updateLink', peer: SHOP, session, change: { fence: null } });
    expect(await hub.ask(reserve(R1, [at('apple', 1)]))).toBe('ok');
    const types = hub.log.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['node_fenced', 'node_cleared']));
  });
});

describe('entries', () => {
  it('are applied with the cursor, or not at all', async () => {
    await shop.accept(move('receive', 5));
    const entries = pair.entriesOf(shop);
    await hub.accept(entries);
    expect(hub.link.received).toBe(shop.log.length);
    expect(hub.share('apple')).toMatchObject({ available: 5, version: 1 });
    expect(await hub.ask(entries)).toBe('cursor_mismatch');
    expect(hub.share('apple')).toMatchObject({ available: 5, version: 1 });
  });

  it('take no grant in twice, even where the cursor was set back', async () => {
    await stocked();
    const { session } = hub.link;
    expect(hub.level('apple').available).toBe(5);
    await hub.accept({ type: 'updateLink', peer: SHOP, session, change: { received: 0 } });
    await pair.carry(shop);
    expect(hub.level('apple').available).toBe(5);
  });

  it('that leave a gap are refused', async () => {
    await shop.accept(move('receive', 5), move('receive', 6));
    const entries = pair.entriesOf(shop);
    if (entries.type !== 'applyEntries') throw new Error('these are entries');
    expect(await hub.ask({ ...entries, after: entries.after + 1 })).toBe('cursor_mismatch');
  });

  it('are mirrored as they came', async () => {
    await stocked();
    const mirrored = hub.book.tables.mirror.filter(({ event }) => event.type === 'receive');
    expect(mirrored.map(({ event }) => event)).toEqual(
      shop.log.filter(({ type }) => type === 'receive'),
    );
  });
});

describe('units', () => {
  it('of what came in pass to the hub by the policy', async () => {
    await stocked(10);
    expect(shop.level('apple').available).toBe(5);
    expect(hub.level('apple').available).toBe(5);
    expect(shop.share('apple')).toMatchObject({ available: 5, granted: 5, arrived: 5 });
    expect(hub.share('apple')).toMatchObject({ available: 5 });
  });

  it('are counted as long as the cursor says that they were not', async () => {
    await shop.accept(move('receive', 10));
    const once = shareOut(shop);
    await shop.accept(once);
    expect(await shop.ask(once)).toBe('cursor_mismatch');
    expect(shop.share('apple')).toMatchObject({ granted: 5, arrived: 0 });
  });

  it('that are missing are said to be elsewhere', async () => {
    await stocked(10);
    const answer = await shop.book.submit([{ command: reserve(R1, [at('apple', 6)]) }]);
    const asOf = hub.log.findLast(({ type }) => type === 'accept')?.time;
    expect(answer).toMatchObject({
      items: [
        {
          outcome: {
            refusal: {
              shortages: [{ available: 5, elsewhere: [{ node: HUB, available: 5, asOf }] }],
            },
          },
        },
      ],
    });
  });

  it('that others own are part of what is counted on the shelf', async () => {
    await stocked(10);
    expect(await shop.ask(move('count', 4))).toBe('count_below_promised');
    await shop.accept(move('count', 9));
    expect(shop.level('apple').available).toBe(4);
    await hub.accept(reserve(R1, [at('apple', 2)]), { type: 'confirm', reservationId: R1 });
    await shop.accept(move('count', 9));
    expect(shop.level('apple').available).toBe(4);
  });

  it('in flight are too, and once', async () => {
    await shop.accept(move('receive', 10), shareOut(shop), move('count', 10));
    expect(shop.level('apple').available).toBe(5);
    await pair.exchange();
    await shop.accept(move('count', 12));
    expect(shop.level('apple').available).toBe(7);
  });

  it('make good at once what the shop has handed over without having it', async () => {
    await stocked(10);
    await shop.accept(move('sell', 8, { allowShortfall: true }));
    expect(shop.level('apple').available).toBe(-3);
    await pair.exchange();
    expect(shop.level('apple').available).toBe(0);
    expect(hub.level('apple').available).toBe(2);
  });

  it('that come back to the hub make good first what the shop lacks', async () => {
    await stocked(10);
    await hub.accept(reserve(R1, [at('apple', 5)]));
    await shop.accept(move('sell', 8, { allowShortfall: true }));
    await pair.exchange();
    expect(shop.level('apple').available).toBe(-3);
    await hub.accept({ type: 'cancel', reservationId: R1 });
    expect(hub.level('apple').available).toBe(2);
    await pair.exchange();
    expect(shop.level('apple').available).toBe(0);
  });
});

describe('a command that lacks units', () => {
  const work = (quantity: number, id = R1) => {
    const items = [{ command: reserve(id, [at('apple', quantity)]) }];
    return { actor: 'ann', requestId: 'q', items };
  };

  it('is told who has some, and nothing is done', async () => {
    await stocked(10);
    const answer = await shop.book.ledger.attempt(work(7));
    expect(answer).toMatchObject({
      kind: 'short',
      wants: [{ peer: HUB, sku: 'apple', location: 'north', units: 2 }],
    });
    expect(shop.level('apple').available).toBe(5);
    expect(shop.book.tables.demand.size).toBe(0);
  });

  it('is refused at once where nobody else has any', async () => {
    expect(await shop.book.ledger.attempt(work(7))).toMatchObject({ kind: 'done' });
  });

  it('gets what it was kept, and nobody else does', async () => {
    await stocked(10);
    await shop.accept(want(HUB, 2));
    await pair.exchange();
    expect(shop.level('apple')).toMatchObject({ available: 5, reserved: 2 });
    expect(await shop.ask(reserve(Q1.replace('f1', 'f2'), [at('apple', 6)]))).toBe(
      'insufficient_stock',
    );
    expect(await shop.book.ledger.submit({ ...work(7), keptFor: [Q1] })).toMatchObject({
      items: [{ outcome: { kind: 'reservation', created: true } }],
    });
    expect(shop.level('apple')).toMatchObject({ available: 0, reserved: 7 });
  });

  it('gives back what it was kept when it is refused all the same', async () => {
    await stocked(10);
    await shop.accept(want(HUB, 2));
    await pair.exchange();
    await shop.book.ledger.submit({ ...work(99), keptFor: [Q1] });
    expect(shop.level('apple')).toMatchObject({ available: 7, reserved: 0 });
  });

  it('is kept nothing when what it asked for comes too late', async () => {
    await stocked(10);
    await shop.accept(want(HUB, 2));
    await pair.carry(shop);
    await pair.shakeHands();
    await pair.exchange();
    expect(shop.level('apple')).toMatchObject({ available: 7, reserved: 0 });
  });

  it('leaves nothing behind when only a part of what it asked for comes in time', async () => {
    await pair.close();
    pair = await LinkedPair.open(['apple', 'pear']);
    ({ hub, shop } = pair);
    for (const sku of ['apple', 'pear']) {
      await shop.accept({ type: 'receive', sku, location: 'north', quantity: 10 });
    }
    const levels = ['apple', 'pear'].map((sku) => ({ sku, location: 'north' }));
    await shop.accept({ ...shareOut(shop), levels } as LinkCommand);
    await pair.exchange();
    const wants = levels.map((level) => ({ ...level, peer: HUB, units: 2 }));
    await shop.accept({ type: 'ask', request: Q1, wants });
    await pair.carry(shop);
    await pair.carry(hub, 1);
    await shop.book.ledger.submit({ ...work(7), keptFor: [Q1] });
    await pair.exchange();
    await pair.time.advance(5_000);
    for (const { sku } of levels) {
      const { available, reserved } = shop.level(sku);
      expect([sku, available + reserved]).toEqual([sku, 7]);
    }
    expect(shop.level('pear').reserved).toBe(0);
  });
});

describe('a reservation of the hub', () => {
  async function sold(quantity = 3): Promise<void> {
    await stocked(10);
    await hub.accept(reserve(R1, [at('apple', quantity)]), { type: 'confirm', reservationId: R1 });
    await hub.accept(shareOut(hub, [R1]));
    await pair.exchange();
  }

  it('is handed over by the shop, and the hub learns of it', async () => {
    await sold();
    expect(shop.level('apple').committed).toBe(3);
    expect(hub.level('apple').committed).toBe(0);
    expect(await hub.ask({ type: 'fulfil', reservationId: R1 })).toBe('goods_elsewhere');
    await shop.accept({ type: 'fulfil', reservationId: R1 });
    await pair.exchange();
    expect(hub.book.tables.reservations.get(R1)).toMatchObject({ status: 'fulfilled' });
  });

  it('is not the hub’s to cancel while the shop has the goods, but it can be asked', async () => {
    await sold();
    const cancel: Command = { type: 'cancel', reservationId: R1 };
    expect(await hub.ask(cancel)).toBe('goods_elsewhere');
    const items = [{ command: cancel }];
    const answer = await hub.book.ledger.attempt({ actor: 'ann', requestId: 'q', items });
    expect(answer).toMatchObject({ kind: 'short', parts: [{ reservationId: R1, peers: [SHOP] }] });
    await hub.accept({ type: 'askCancel', request: Q1, reservationId: R1, peers: [SHOP] });
    await pair.exchange();
    expect(hub.book.tables.reservations.get(R1)).toMatchObject({ status: 'cancelled' });
    expect(shop.level('apple')).toMatchObject({ available: 8, committed: 0 });
    expect(await hub.ask(cancel)).toBe('ok');
  });

  it('is the shop’s to read, and not to change before it is handed over', async () => {
    await stocked(10);
    await hub.accept(reserve(R1, [at('apple', 3)]));
    await pair.exchange();
    expect(await shop.ask({ type: 'cancel', reservationId: R1 })).toBe('reservation_elsewhere');
    expect(await shop.ask({ type: 'confirm', reservationId: R1 })).toBe('reservation_elsewhere');
  });

  it('has a part of another name where the shop has one of the same id', async () => {
    await stocked(10);
    await shop.accept(reserve(R1, [at('apple', 1)]));
    await hub.accept(reserve(R1, [at('apple', 3)]), { type: 'confirm', reservationId: R1 });
    await hub.accept(shareOut(hub, [R1]));
    await pair.exchange();
    await shop.accept({ type: 'fulfil', reservationId: `${R1}@${HUB}` });
    await pair.exchange();
    expect(hub.book.tables.reservations.get(R1)).toMatchObject({ status: 'fulfilled' });
    expect(shop.book.tables.reservations.get(R1)).toMatchObject({ status: 'held' });
  });
});

describe('a shop that is lost for good', () => {
  const levels = [{ sku: 'apple', location: 'north' }];

  it('takes its units with it, and those on their way', async () => {
    await stocked(10);
    await hub.accept(want(SHOP, 1));
    const { session } = hub.link;
    expect(await hub.ask({ type: 'retireNode', peer: 'unknown' })).toBe('node_not_found');
    await hub.accept({ type: 'retireNode', peer: SHOP });
    await hub.accept({ type: 'writeOff', peer: SHOP, levels });
    await hub.accept({ type: 'writeOff', peer: SHOP, levels });
    const writtenOff = hub.log.filter(({ type }) => type === 'write_off');
    expect(writtenOff).toMatchObject([{ quantity: 5, from: 'transit', to: 'shrinkage' }]);
    expect(hub.level('apple').available).toBe(5);
    expect(hub.link.session).toBe(session + 1);
  });

  it('leaves what was sold of its goods to be cancelled, and nothing comes back', async () => {
    await stocked(10);
    await hub.accept(reserve(R1, [at('apple', 3)]), { type: 'confirm', reservationId: R1 });
    await hub.accept(shareOut(hub, [R1]));
    await pair.exchange();
    const cancel: Command = { type: 'cancel', reservationId: R1 };
    expect(await hub.ask(cancel)).toBe('goods_elsewhere');
    await hub.accept({ type: 'retireNode', peer: SHOP });
    await hub.accept({ type: 'writeOff', peer: SHOP, levels });
    expect(await hub.ask({ type: 'fulfil', reservationId: R1 })).toBe('goods_elsewhere');
    await hub.accept(cancel);
    expect(hub.book.tables.reservations.get(R1)).toMatchObject({ status: 'cancelled' });
    expect(hub.level('apple')).toMatchObject({ available: 2, committed: 0 });
    expect((await verifyBooks(hub.book.storage.books, () => undefined)).findings).toEqual([]);
  });

  it('gives its location back to the hub', async () => {
    await hub.accept({ type: 'retireNode', peer: SHOP });
    expect(await hub.ask(move('receive', 5))).toBe('ok');
  });

  it('is still heard, and changes nothing any more', async () => {
    await stocked(10);
    await shop.accept(want(HUB, 1), move('sell', 1));
    await hub.accept({ type: 'retireNode', peer: SHOP });
    await hub.accept({ type: 'writeOff', peer: SHOP, levels });
    const before = hub.log.length;
    await pair.carry(shop);
    expect(hub.log.length).toBe(before);
    expect(hub.share('apple')).toMatchObject({ available: 0 });
    const kept = hub.book.tables.mirror.filter(({ applied }) => !applied);
    expect(kept.map(({ event }) => event.type)).toEqual(['want', 'sell']);
  });
});
