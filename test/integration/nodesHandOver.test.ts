import { afterEach, describe, expect, test } from 'vitest';
import { evolveReservation } from '../../src/domain/evolveReservation.ts';
import { WAIT_MS } from '../support/nodes/machine.ts';
import { Stage } from '../support/nodes/stage.ts';
import { reserve } from '../support/nodes/testNode.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

function tea(quantity: number, location = 'S') {
  return { sku: 'tea', location, quantity };
}

/** A shop with 10 units, of which the hub owns 5. */
async function halves(): Promise<TestShop> {
  stage = await Stage.open(['S', 'T']);
  const shop = await stage.addShop('s1', 'S', { hubShare: 0.5, floor: 0 });
  await shop.receive('tea', 'S', 10);
  await stage.pass(1_000);
  return shop;
}

/** As `halves`, with a reservation of the hub that was confirmed, and passed to the shop. */
async function sold(units: number): Promise<{ readonly shop: TestShop; readonly id: string }> {
  const shop = await halves();
  const id = stage.newId();
  expect(await stage.hub.reserve(id, tea(units))).toBe('held');
  expect(await stage.hub.confirm(id)).toBe('confirmed');
  await stage.pass(1_000);
  return { shop, id };
}

describe('what the hub sells is handed over by the shop', () => {
  test('confirmed at the hub, it is committed in the shop; fulfilled there, it is at the hub', async () => {
    const { shop, id } = await sold(3);
    expect(await stage.hub.units('tea', 'S')).toEqual({ available: 2, reserved: 0, committed: 0 });
    expect(await shop.units('tea', 'S')).toEqual({ available: 5, reserved: 0, committed: 3 });
    expect(await shop.reservation(id)).toMatchObject({ madeBy: 'hub', status: 'confirmed' });
    expect(await stage.hub.reservation(id)).toMatchObject({
      status: 'confirmed',
      lines: [{ passed: { node: 's1', open: 3, cancelled: 0 } }],
    });
    expect(await shop.fulfil(id)).toBe('fulfilled');
    await stage.pass(1_000);
    expect(await stage.hub.reservation(id)).toMatchObject({
      status: 'fulfilled',
      lines: [{ fulfilled: 3, passed: { node: 's1', open: 0, cancelled: 0 } }],
    });
    expect(await stage.unitsOf('tea')).toBe(7);
  });

  test('in parts', async () => {
    const { shop, id } = await sold(3);
    const lines = [tea(1)];
    expect(await shop.ask({ type: 'fulfil', reservationId: id, lines })).toBe('confirmed');
    await stage.pass(1_000);
    expect((await stage.hub.reservation(id))?.lines).toMatchObject([{ fulfilled: 1 }]);
    expect(await stage.hub.cancel(id)).toBe('fulfilled');
    await stage.pass(1_000);
    expect(await shop.units('tea', 'S')).toEqual({ available: 7, reserved: 0, committed: 0 });
    expect((await stage.hub.reservation(id))?.lines).toMatchObject([
      { fulfilled: 1, passed: { open: 0, cancelled: 2 } },
    ]);
  });

  test('not by the hub', async () => {
    const { shop, id } = await sold(3);
    expect(await stage.hub.fulfil(id)).toBe('goods_elsewhere');
    expect(await shop.units('tea', 'S')).toMatchObject({ committed: 3 });
  });

  test('sold while the shop is cut off, it is handed over when it is back', async () => {
    const shop = await halves();
    shop.cutOff();
    const id = stage.newId();
    await stage.hub.reserve(id, tea(3));
    expect(await stage.hub.confirm(id)).toBe('confirmed');
    await stage.pass(30_000);
    await shop.heal();
    expect(await shop.fulfil(id)).toBe('fulfilled');
    await stage.pass(1_000);
    expect((await stage.hub.reservation(id))?.status).toBe('fulfilled');
  });

  test('sold in two shops, each hands over its own lines', async () => {
    const shop = await halves();
    const other = await stage.addShop('t1', 'T', { hubShare: 0.5, floor: 0 });
    await other.receive('tea', 'T', 4);
    await stage.pass(1_000);
    const id = stage.newId();
    await stage.hub.reserve(id, tea(2), tea(1, 'T'));
    await stage.hub.confirm(id);
    await stage.pass(1_000);
    expect((await shop.reservation(id))?.lines).toMatchObject([{ location: 'S', quantity: 2 }]);
    expect((await other.reservation(id))?.lines).toMatchObject([{ location: 'T', quantity: 1 }]);
    expect(await shop.fulfil(id)).toBe('fulfilled');
    await stage.pass(1_000);
    expect((await stage.hub.reservation(id))?.status).toBe('confirmed');
    expect(await other.fulfil(id)).toBe('fulfilled');
    await stage.pass(1_000);
    expect((await stage.hub.reservation(id))?.status).toBe('fulfilled');
  });

  test('under a name of its own where the shop has a reservation of that id', async () => {
    const shop = await halves();
    const id = stage.newId();
    expect(await shop.reserve(id, tea(1))).toBe('held');
    expect(await stage.hub.reserve(id, tea(2))).toBe('held');
    await stage.hub.confirm(id);
    await stage.pass(1_000);
    expect(await shop.reservation(id)).toMatchObject({ status: 'held' });
    expect(await shop.reservation(`${id}@hub`)).toMatchObject({ madeBy: 'hub' });
    expect(await shop.fulfil(`${id}@hub`)).toBe('fulfilled');
    await stage.pass(1_000);
    expect((await stage.hub.reservation(id))?.status).toBe('fulfilled');
    expect(await shop.confirm(id)).toBe('confirmed');
  });

  test('a count in the shop counts them and the share of the hub, cut off or not', async () => {
    const { shop } = await sold(3);
    expect(await shop.ask({ type: 'count', ...tea(10) })).toBe('ok');
    expect(await shop.available('tea', 'S')).toBe(5);
    shop.cutOff();
    const id = stage.newId();
    await stage.hub.reserve(id, tea(1));
    await stage.hub.confirm(id);
    expect(await shop.ask({ type: 'count', ...tea(9) })).toBe('ok');
    expect(await shop.available('tea', 'S')).toBe(4);
    await shop.heal();
    expect(await stage.unitsOf('tea')).toBe(9);
    expect(await shop.ask({ type: 'count', ...tea(9) })).toBe('ok');
    expect(await shop.available('tea', 'S')).toBe(4);
  });
});

describe('what was sold is cancelled at the hub', () => {
  test('before it was passed on', async () => {
    const shop = await halves();
    shop.cutOff();
    await stage.pass(20_000);
    const id = stage.newId();
    await stage.hub.reserve(id, tea(3));
    await stage.hub.confirm(id);
    expect(await stage.hub.cancel(id)).toBe('cancelled');
    expect(await stage.hub.available('tea', 'S')).toBe(5);
    await shop.heal();
    expect(await shop.reservation(id)).toBe(undefined);
  });

  test('and the shop gives its part back to its own stock', async () => {
    const { shop, id } = await sold(3);
    const before = stage.time.elapsed();
    expect(await stage.hub.cancel(id)).toBe('cancelled');
    expect(stage.time.elapsed() - before).toBeLessThan(WAIT_MS / 5);
    expect(await shop.units('tea', 'S')).toEqual({ available: 8, reserved: 0, committed: 0 });
    expect(await stage.hub.cancel(id)).toBe('cancelled');
    await stage.pass(1_000);
    expect(await stage.unitsOf('tea')).toBe(10);
  });

  test('not while the shop is cut off, for it may have handed it over', async () => {
    const { shop, id } = await sold(3);
    shop.cutOff();
    expect(await stage.hub.cancel(id)).toBe('goods_elsewhere');
    expect(await shop.fulfil(id)).toBe('fulfilled');
    await shop.heal();
    expect((await stage.hub.reservation(id))?.status).toBe('fulfilled');
    expect(await stage.hub.cancel(id)).toBe('reservation_fulfilled');
  });

  test('and the same key may ask again, for the shop may do it yet', async () => {
    const { shop, id } = await sold(3);
    const key = { key: 'k1', fingerprint: 'cancel' };
    const cancel = { type: 'cancel', reservationId: id } as const;
    shop.cutOff();
    expect(await stage.hub.ask(cancel, { key })).toBe('goods_elsewhere');
    await shop.heal();
    expect(await stage.hub.ask(cancel, { key })).toBe('cancelled');
    expect(await stage.hub.ask(cancel, { key })).toBe('cancelled');
  });

  test('a cancel that was asked for in a session that has ended does nothing later', async () => {
    const { shop, id } = await sold(3);
    shop.cutOff();
    expect(await stage.hub.cancel(id)).toBe('goods_elsewhere');
    await shop.heal();
    expect((await shop.reservation(id))?.status).toBe('confirmed');
    expect((await stage.hub.reservation(id))?.status).toBe('confirmed');
  });

  test('in the shop, which has the goods', async () => {
    const { shop, id } = await sold(3);
    expect(await shop.cancel(id)).toBe('cancelled');
    await stage.pass(1_000);
    expect((await stage.hub.reservation(id))?.status).toBe('cancelled');
  });

  test('in two shops at once', async () => {
    const shop = await halves();
    const other = await stage.addShop('t1', 'T', { hubShare: 0.5, floor: 0 });
    await other.receive('tea', 'T', 4);
    await stage.pass(1_000);
    const id = stage.newId();
    await stage.hub.reserve(id, tea(2), tea(1, 'T'));
    await stage.hub.confirm(id);
    await stage.pass(1_000);
    expect(await stage.hub.cancel(id)).toBe('cancelled');
    await stage.pass(1_000);
    expect(await shop.available('tea', 'S')).toBe(7);
    expect(await other.available('tea', 'T')).toBe(3);
  });

  test('in two shops of which one is cut off: what is given back stays so, and the rest can be tried again', async () => {
    const shop = await halves();
    const other = await stage.addShop('t1', 'T', { hubShare: 0.5, floor: 0 });
    await other.receive('tea', 'T', 4);
    await stage.pass(1_000);
    const id = stage.newId();
    await stage.hub.reserve(id, tea(2), tea(1, 'T'));
    await stage.hub.confirm(id);
    await stage.pass(1_000);
    other.cutOff();
    expect(await stage.hub.cancel(id)).toBe('goods_elsewhere');
    expect(await shop.available('tea', 'S')).toBe(7);
    await other.heal();
    expect((await stage.hub.reservation(id))?.status).toBe('confirmed');
    expect(await stage.hub.cancel(id)).toBe('cancelled');
    await stage.pass(1_000);
    expect(await stage.unitsOf('tea')).toBe(14);
  });
});

describe('shortfalls', () => {
  test('what a shop has handed over without owning it is covered by the hub at once', async () => {
    const shop = await halves();
    expect(await shop.ask({ type: 'sell', ...tea(8), allowShortfall: true })).toBe('ok');
    await stage.pass(100);
    expect(await shop.available('tea', 'S')).toBe(0);
    expect(await stage.hub.available('tea', 'S')).toBe(2);
  });

  test('what the hub cannot cover yet is covered by what comes back to it, before anybody is promised it', async () => {
    const shop = await halves();
    const [held, sale] = [stage.newId(), stage.newId()];
    await stage.hub.reserve(held, tea(5));
    expect(await shop.ask({ type: 'sell', ...tea(8), allowShortfall: true })).toBe('ok');
    await stage.pass(100);
    expect(await shop.available('tea', 'S')).toBe(-3);
    const answers = stage.hub.askAll([
      { type: 'cancel', reservationId: held },
      reserve(sale, tea(3)),
    ]);
    expect(await answers).toEqual(['cancelled', 'insufficient_stock']);
    await stage.pass(1_000);
    expect(await shop.available('tea', 'S')).toBe(0);
    expect(await stage.hub.available('tea', 'S')).toBe(2);
  });

  test('by a hold that is over, too', async () => {
    const shop = await halves();
    const id = stage.newId();
    await stage.hub.ask({ ...reserve(id, tea(5)), ttlSeconds: 5 });
    await shop.ask({ type: 'sell', ...tea(8), allowShortfall: true });
    await stage.pass(10_000);
    expect(await shop.available('tea', 'S')).toBe(0);
    expect(await stage.hub.available('tea', 'S')).toBe(2);
  });

  test('found while cut off, it is covered when the line is healed', async () => {
    const shop = await halves();
    shop.cutOff();
    expect(await shop.ask({ type: 'count', ...tea(3), allowShortfall: true })).toBe('ok');
    expect(await shop.available('tea', 'S')).toBe(-2);
    expect(await shop.reserve(stage.newId(), tea(1))).toBe('insufficient_stock');
    await shop.heal();
    expect(await shop.available('tea', 'S')).toBe(0);
    expect(await stage.hub.available('tea', 'S')).toBe(3);
    expect(await stage.unitsOf('tea')).toBe(3);
  });
});

describe('a reservation belongs to the node that made it', () => {
  test('elsewhere it is read from the mirror, and changed nowhere', async () => {
    const shop = await halves();
    const id = stage.newId();
    await shop.reserve(id, tea(2));
    await shop.ask({ type: 'extend', reservationId: id, ttlSeconds: 3_600 });
    await shop.confirm(id);
    await stage.pass(1_000);
    const entries = await stage.hub.process.storage.queries.mirroredReservation(id);
    const events = entries.map(({ event }) => event);
    const read = evolveReservation(undefined, events, events.at(-1)?.time ?? 0);
    expect(read).toEqual(await shop.reservation(id));
    for (const type of ['confirm', 'cancel', 'fulfil'] as const) {
      expect(await stage.hub.ask({ type, reservationId: id })).toBe('reservation_elsewhere');
    }
    expect(await stage.hub.ask({ type: 'extend', reservationId: id, ttlSeconds: 60 })).toBe(
      'reservation_elsewhere',
    );
    expect(await shop.fulfil(id)).toBe('fulfilled');
  });

  test('the shop cannot confirm or extend what the hub has made, nor make it anew', async () => {
    const { shop, id } = await sold(3);
    expect(await shop.ask({ type: 'extend', reservationId: id, ttlSeconds: 60 })).toBe(
      'reservation_confirmed',
    );
    expect(await shop.reserve(id, tea(3))).toBe('reservation_id_taken');
    const held = stage.newId();
    await stage.hub.reserve(held, tea(1));
    await stage.pass(1_000);
    expect(await shop.confirm(held)).toBe('reservation_elsewhere');
  });
});
