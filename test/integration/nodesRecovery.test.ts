import { afterEach, describe, expect, test } from 'vitest';
import { evolveReservation } from '../../src/domain/evolveReservation.ts';
import { Stage } from '../support/nodes/stage.ts';
import { product } from '../support/nodes/testNode.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

const HALF = { hubShare: 0.5, floor: 0 };

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

function tea(quantity: number) {
  return { sku: 'tea', location: 'S', quantity };
}

/** A shop with 10 units, of which the hub owns 5. */
async function halves(): Promise<TestShop> {
  stage = await Stage.open(['S']);
  return withShop();
}

async function withShop(): Promise<TestShop> {
  const shop = await stage.addShop('s1', 'S', HALF);
  await shop.receive('tea', 'S', 10);
  await stage.pass(3_000);
  return shop;
}

async function fences(shop: TestShop): Promise<readonly (string | null)[]> {
  return [(await stage.hub.linkTo('s1')).fence, (await shop.linkTo('hub')).fence];
}

/** The two logs are one again: entries flow, cursors meet, and each knows what the other owns. */
async function areWhole(shop: TestShop): Promise<void> {
  expect(shop.isConnected).toBe(true);
  expect(await fences(shop)).toEqual([null, null]);
  const [there, here] = [await stage.hub.linkTo(shop.name), await shop.linkTo('hub')];
  expect(there.acknowledged).toBe(here.received);
  expect(here.acknowledged).toBe(there.received);
  expect([there.recovery, here.recovery]).toEqual([null, null]);
  for (const { sku } of shop.disk.tables.levels.values()) {
    const [atShop, atHub] = [
      await shop.share('hub', sku, 'S'),
      await stage.hub.share('s1', sku, 'S'),
    ];
    expect(atHub).toMatchObject(await shop.units(sku, 'S'));
    if (atShop) expect(atShop).toMatchObject(await stage.hub.units(sku, 'S'));
    expect([atHub?.granted, atShop?.granted]).toEqual([atHub?.arrived, atShop?.arrived]);
  }
}

/** Every reservation of the shop reads at the hub as it is in the shop. */
async function mirrorsAgree(shop: TestShop): Promise<void> {
  for (const [id, reservation] of shop.disk.tables.reservations) {
    const entries = await stage.hub.process.storage.queries.mirroredReservation(id);
    const events = entries.filter(({ peer }) => peer === 's1').map(({ event }) => event);
    const read = evolveReservation(undefined, events, events.at(-1)?.time ?? 0);
    expect(read).toMatchObject({ status: reservation.status, lines: reservation.lines });
  }
}

describe('a shop that was restored', () => {
  test('is fenced at both ends, and promises nothing', async () => {
    const shop = await halves();
    const backup = shop.backup();
    await shop.ask({ type: 'sell', ...tea(2) });
    await stage.pass(3_000);
    await shop.restore(backup);
    expect(await shop.reserve(stage.newId(), tea(1))).toBe('node_fenced');
    await stage.pass(5_000);
    expect(await fences(shop)).toEqual(['restored', 'restored']);
    expect(shop.isConnected).toBe(false);
    expect(await shop.reserve(stage.newId(), tea(1))).toBe('node_fenced');
    expect(await shop.ask({ type: 'sell', ...tea(1) })).toBe('node_fenced');
    expect(await shop.ask({ type: 'sell', ...tea(1), allowShortfall: true })).toBe('ok');
    expect(await stage.hub.reserve(stage.newId(), tea(1))).toBe('node_fenced');
    await stage.pass(60_000);
    expect(shop.isConnected).toBe(false);
  });

  test('is noticed too when nothing outside of the database tells of it', async () => {
    const shop = await halves();
    const backup = shop.backup();
    await shop.ask({ type: 'sell', ...tea(2) });
    await stage.pass(3_000);
    await shop.rollBack(backup);
    await stage.pass(5_000);
    expect(await fences(shop)).toEqual(['restored', 'restored']);
  });

  test('gets back what it has sold when an operator says so', async () => {
    const shop = await halves();
    const backup = shop.backup();
    await shop.ask({ type: 'sell', ...tea(2) });
    const id = stage.newId();
    await shop.reserve(id, tea(1));
    await shop.confirm(id);
    await stage.pass(3_000);
    await shop.restore(backup);
    expect(await shop.available('tea', 'S')).toBe(5);
    await stage.pass(5_000);
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    expect(await shop.units('tea', 'S')).toEqual({ available: 2, reserved: 0, committed: 1 });
    expect((await shop.reservation(id))?.status).toBe('confirmed');
    expect(await shop.fulfil(id)).toBe('fulfilled');
    await stage.pass(3_000);
    await areWhole(shop);
    await mirrorsAgree(shop);
    expect(await stage.unitsOf('tea')).toBe(7);
  });

  test('takes in no grant twice, and none is lost that was under way', async () => {
    const shop = await halves();
    const backup = shop.backup();
    await shop.reserve(stage.newId(), tea(7));
    await stage.pass(3_000);
    expect(await stage.hub.available('tea', 'S')).toBe(3);
    await shop.restore(backup);
    await stage.pass(5_000);
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    expect(await shop.units('tea', 'S')).toEqual({ available: 0, reserved: 7, committed: 0 });
    expect(await stage.hub.available('tea', 'S')).toBe(3);
    await areWhole(shop);
    expect(await stage.unitsOf('tea')).toBe(10);
  });

  test('gets back each command of a batch by itself', async () => {
    const shop = await halves();
    const id = stage.newId();
    await shop.reserve(id, tea(2));
    await stage.pass(3_000);
    const backup = shop.backup();
    const commands = (['confirm', 'cancel'] as const).map((type) => ({ type, reservationId: id }));
    await shop.submit({ items: commands.map((command) => ({ command })) });
    await stage.pass(3_000);
    await shop.restore(backup);
    await stage.pass(5_000);
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    expect((await shop.reservation(id))?.status).toBe('cancelled');
    expect(await shop.units('tea', 'S')).toEqual({ available: 5, reserved: 0, committed: 0 });
    await areWhole(shop);
    await mirrorsAgree(shop);
  });

  test('gets back what it had passed to the hub', async () => {
    const shop = await halves();
    const backup = shop.backup();
    await shop.receive('tea', 'S', 4);
    await stage.pass(3_000);
    expect(await stage.hub.available('tea', 'S')).toBe(7);
    await shop.restore(backup);
    await stage.pass(5_000);
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    expect(await shop.available('tea', 'S')).toBe(7);
    expect(await stage.hub.available('tea', 'S')).toBe(7);
    await areWhole(shop);
  });

  test('gets back what the hub had sold, and hands it over', async () => {
    const shop = await halves();
    const backup = shop.backup();
    const [open, done] = [stage.newId(), stage.newId()];
    for (const id of [open, done]) {
      await stage.hub.reserve(id, tea(2));
      await stage.hub.confirm(id);
    }
    await stage.pass(1_000);
    await shop.fulfil(done);
    await stage.pass(3_000);
    await shop.restore(backup);
    await stage.pass(5_000);
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    expect(await shop.units('tea', 'S')).toEqual({ available: 5, reserved: 0, committed: 2 });
    expect((await shop.reservation(done))?.status).toBe('fulfilled');
    expect(await shop.fulfil(open)).toBe('fulfilled');
    await stage.pass(3_000);
    expect((await stage.hub.reservation(open))?.status).toBe('fulfilled');
    await areWhole(shop);
    await mirrorsAgree(shop);
    expect(await stage.unitsOf('tea')).toBe(6);
  });

  test('gets back goods of products that its backup does not know', async () => {
    const shop = await halves();
    const backup = shop.backup();
    await stage.hub.ask({ type: 'putProduct', sku: 'milk', content: product('Whole milk') });
    await stage.pass(1_000);
    await shop.receive('milk', 'S', 6);
    await shop.ask({ type: 'sell', sku: 'milk', location: 'S', quantity: 1 });
    await stage.pass(3_000);
    await shop.restore(backup);
    await stage.pass(5_000);
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    expect(await shop.available('milk', 'S')).toBe(2);
    expect(await stage.hub.available('milk', 'S')).toBe(3);
    expect(shop.disk.tables.products.get('milk')).toMatchObject({
      name: 'Whole milk',
      node: 'hub',
    });
    await areWhole(shop);
  });

  test('keeps what it has booked since, and says where that left no room', async () => {
    const shop = await halves();
    const backup = shop.backup();
    const id = stage.newId();
    await shop.reserve(id, tea(4));
    await shop.ask({ type: 'sell', ...tea(1) });
    await stage.pass(3_000);
    await shop.restore(backup);
    expect(await shop.ask({ type: 'sell', ...tea(3), allowShortfall: true })).toBe('ok');
    await stage.pass(5_000);
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    expect(await shop.reservation(id)).toBe(undefined);
    expect(await shop.available('tea', 'S')).toBe(1);
    await areWhole(shop);
    expect(await stage.unitsOf('tea')).toBe(6);
  });

  test('whose log has become longer than it was is found out all the same', async () => {
    const shop = await halves();
    const backup = shop.backup();
    await shop.ask({ type: 'sell', ...tea(2) });
    await stage.pass(3_000);
    shop.cutOff();
    await shop.restore(backup);
    for (let i = 0; i < 9; i += 1) await shop.receive('tea', 'S', 1);
    await shop.heal();
    expect(await fences(shop)).toEqual(['restored', 'restored']);
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    await areWhole(shop);
    expect(await stage.unitsOf('tea')).toBe(17);
  });

  test('that has lost all that it had is given all of it back', async () => {
    const shop = await halves();
    const id = stage.newId();
    await shop.reserve(id, tea(2));
    await shop.confirm(id);
    await stage.pass(3_000);
    const empty = stage.newShop('s1', 'S', 'token of s1');
    shop.crash();
    await empty.start();
    await stage.pass(20_000);
    expect(empty.isConnected).toBe(false);
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    expect(await empty.units('tea', 'S')).toEqual({ available: 3, reserved: 0, committed: 2 });
    expect((await empty.reservation(id))?.status).toBe('confirmed');
    expect(empty.disk.tables.products.get('tea')?.node).toBe('hub');
    expect(empty.disk.tables.locations.get('S')?.node).toBe(undefined);
    await areWhole(empty);
    expect(await empty.ask({ type: 'sell', ...tea(3) })).toBe('ok');
  });

  test('goes on by itself where nothing was lost: the handshake finds both logs whole', async () => {
    const shop = await halves();
    const backup = shop.backup();
    await shop.restore(backup);
    expect(await shop.reserve(stage.newId(), tea(1))).toBe('node_fenced');
    await stage.pass(5_000);
    expect(await fences(shop)).toEqual([null, null]);
    expect(await shop.reserve(stage.newId(), tea(1))).toBe('held');
  });

  test.each(['hub', 'shop'] as const)(
    'is recovered though the %s is killed at any step of it',
    async (who) => {
      for (let count = 1; count <= 14; count += 1) {
        const shop = await halves();
        const backup = shop.backup();
        for (let i = 0; i < 3; i += 1) await shop.ask({ type: 'sell', ...tea(1) });
        await stage.pass(3_000);
        await shop.restore(backup);
        await stage.pass(5_000);
        await stage.hub.reconcile('s1');
        const node = who === 'hub' ? stage.hub : shop;
        let left = count;
        node.onStep = (step) => {
          if (step === 'load') return;
          left -= 1;
          if (left === 0) node.crash();
        };
        await stage.pass(20_000);
        if (!node.isRunning) await node.start();
        await stage.pass(60_000);
        expect(await shop.available('tea', 'S'), `after crash ${count}`).toBe(2);
        await areWhole(shop);
        if (count < 14) await stage.close();
      }
    },
  );

  test.each(['hello', 'welcome', 'ready', 'recall', 'lost', 'rewind', 'rewound'])(
    'is recovered though the first `%s` is lost',
    async (type) => {
      const shop = await halves();
      const backup = shop.backup();
      await shop.ask({ type: 'sell', ...tea(3) });
      await stage.pass(3_000);
      await shop.restore(backup);
      await stage.pass(5_000);
      let lost = 0;
      shop.wire.passes = (text) => {
        const isLost = lost === 0 && text.includes(`"type":"${type}"`);
        if (isLost) lost += 1;
        return !isLost;
      };
      await stage.hub.reconcile('s1');
      await stage.pass(120_000);
      expect(lost).toBe(1);
      expect(await shop.available('tea', 'S')).toBe(2);
      await areWhole(shop);
    },
  );

  test('is recovered over a slow line, however long it takes', async () => {
    const shop = await halves();
    const backup = shop.backup();
    for (let i = 0; i < 450; i += 1) await shop.receive('tea', 'S', 2);
    await stage.pass(3_000);
    await shop.restore(backup);
    await stage.pass(5_000);
    shop.wire.weather = { delayMs: [3_000, 3_000], loss: 0, doubling: 0 };
    await stage.hub.reconcile('s1');
    await stage.pass(120_000);
    shop.wire.weather = { delayMs: [1, 1], loss: 0, doubling: 0 };
    await stage.pass(30_000);
    expect(await stage.unitsOf('tea')).toBe(910);
    await areWhole(shop);
  });

  test('is recovered over a line that loses, doubles and delays', async () => {
    const shop = await halves();
    const backup = shop.backup();
    for (let i = 0; i < 5; i += 1) await shop.ask({ type: 'sell', ...tea(1) });
    await stage.pass(3_000);
    await shop.restore(backup);
    await stage.pass(5_000);
    shop.wire.weather = { delayMs: [1, 300], loss: 0.15, doubling: 0.2 };
    await stage.hub.reconcile('s1');
    await stage.pass(300_000);
    shop.wire.weather = { delayMs: [1, 1], loss: 0, doubling: 0 };
    await stage.pass(60_000);
    expect(await shop.available('tea', 'S')).toBe(0);
    await areWhole(shop);
  });
});

describe('a hub that was restored', () => {
  test('is fenced, and the shop with it', async () => {
    const shop = await halves();
    const backup = stage.hub.backup();
    await shop.receive('tea', 'S', 2);
    await stage.hub.ask({ type: 'putProduct', sku: 'milk', content: product('Milk') });
    await stage.pass(3_000);
    await stage.hub.restore(backup);
    expect(await stage.hub.reserve(stage.newId(), tea(1))).toBe('node_fenced');
    await stage.pass(20_000);
    expect(await fences(shop)).toEqual(['restored', 'restored']);
  });

  test('to before it knew the shop, gets back what it had there when that is added once more', async () => {
    stage = await Stage.open(['S']);
    const backup = stage.hub.backup();
    const shop = await withShop();
    const id = stage.newId();
    await stage.hub.reserve(id, tea(2));
    await stage.pass(3_000);
    await stage.hub.restore(backup);
    shop.token = await stage.addNode('s1', 'S', HALF);
    await shop.restart();
    await stage.pass(20_000);
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    expect(await fences(shop)).toEqual([null, null]);
    expect((await stage.hub.reservation(id))?.status).toBe('held');
    expect(await stage.unitsOf('tea')).toBe(10);
    await areWhole(shop);
  });

  test('finds it out though nothing outside of the database tells of it', async () => {
    const shop = await halves();
    const backup = stage.hub.backup();
    const id = stage.newId();
    await stage.hub.reserve(id, tea(5));
    await stage.pass(3_000);
    await stage.hub.rollBack(backup);
    await stage.pass(20_000);
    expect(await fences(shop)).toEqual(['restored', 'restored']);
    expect(await stage.hub.reserve(stage.newId(), tea(5))).toBe('node_fenced');
  });

  test('finds it out from a shop that has called since, too, and is given back its log', async () => {
    const shop = await halves();
    const backup = stage.hub.backup();
    for (let i = 0; i < 3; i += 1) {
      await shop.restart();
      await stage.pass(3_000);
    }
    await stage.hub.reserve(stage.newId(), tea(5));
    await stage.pass(3_000);
    await stage.hub.rollBack(backup);
    await stage.pass(30_000);
    expect(await fences(shop)).toEqual(['restored', 'restored']);
    expect(await stage.hub.reserve(stage.newId(), tea(5))).toBe('node_fenced');
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    expect(await stage.hub.units('tea', 'S')).toEqual({ available: 0, reserved: 5, committed: 0 });
    await areWhole(shop);
  });

  test('gets back its sales, its grants and its catalogue', async () => {
    const shop = await halves();
    const backup = stage.hub.backup();
    const [held, sold] = [stage.newId(), stage.newId()];
    await stage.hub.ask({ type: 'putProduct', sku: 'milk', content: product('Milk') });
    await stage.hub.reserve(held, tea(1));
    await stage.hub.reserve(sold, tea(2));
    await stage.hub.confirm(sold);
    await stage.pass(1_000);
    await shop.fulfil(sold);
    await shop.reserve(stage.newId(), tea(6));
    await shop.receive('milk', 'S', 4);
    await stage.pass(3_000);
    const before = await stage.hub.units('tea', 'S');
    await stage.hub.restore(backup);
    await stage.pass(20_000);
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    expect(await stage.hub.units('tea', 'S')).toEqual(before);
    expect((await stage.hub.reservation(held))?.status).toBe('held');
    expect((await stage.hub.reservation(sold))?.status).toBe('fulfilled');
    expect(stage.hub.disk.tables.products.get('milk')).toMatchObject({ name: 'Milk' });
    expect(await stage.hub.available('milk', 'S')).toBe(2);
    expect(await stage.unitsOf('tea')).toBe(8);
    await areWhole(shop);
  });

  test('is recovered by each of its shops, and the catalogue by any', async () => {
    stage = await Stage.open(['S', 'T']);
    const shop = await stage.addShop('s1', 'S', { hubShare: 0.5, floor: 0 });
    const other = await stage.addShop('t1', 'T', { hubShare: 0.5, floor: 0 });
    const backup = stage.hub.backup();
    other.cutOff();
    await stage.hub.ask({ type: 'putProduct', sku: 'milk', content: product('Milk') });
    await stage.pass(1_000);
    await shop.receive('milk', 'S', 4);
    await stage.pass(3_000);
    await stage.hub.restore(backup);
    await other.heal();
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    await stage.hub.reconcile('t1');
    await stage.pass(60_000);
    expect(stage.hub.disk.tables.products.get('milk')).toMatchObject({ name: 'Milk' });
    expect(other.disk.tables.products.get('milk')).toMatchObject({ name: 'Milk' });
    expect(await stage.hub.available('milk', 'S')).toBe(2);
    expect((await stage.hub.linkTo('t1')).fence).toBe(null);
    await areWhole(shop);
    expect(await other.receive('milk', 'T', 2)).toBe('ok');
    await stage.pass(3_000);
    expect(await stage.hub.available('milk', 'T')).toBe(1);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'is recovered though it is killed at step %i of it',
    async (count) => {
      const shop = await halves();
      const backup = stage.hub.backup();
      await stage.hub.reserve(stage.newId(), tea(3));
      await stage.pass(3_000);
      await stage.hub.restore(backup);
      await stage.pass(20_000);
      await stage.hub.reconcile('s1');
      let left = count;
      stage.hub.onStep = (step) => {
        if (step === 'load') return;
        left -= 1;
        if (left === 0) stage.hub.crash();
      };
      await stage.pass(30_000);
      if (!stage.hub.isRunning) await stage.hub.start();
      await stage.pass(60_000);
      expect(await stage.hub.units('tea', 'S')).toEqual({
        available: 2,
        reserved: 3,
        committed: 0,
      });
      await areWhole(shop);
    },
  );
});

describe('a hub that was restored, over a bad line', () => {
  test.each(['hello', 'welcome', 'ready', 'recall', 'lost', 'rewind', 'rewound'])(
    'is recovered though the first `%s` is lost',
    async (type) => {
      const shop = await halves();
      const backup = stage.hub.backup();
      await stage.hub.reserve(stage.newId(), tea(3));
      await stage.pass(3_000);
      await stage.hub.restore(backup);
      await stage.pass(20_000);
      let lost = 0;
      shop.wire.passes = (text) => {
        const isLost = lost === 0 && text.includes(`"type":"${type}"`);
        if (isLost) lost += 1;
        return !isLost;
      };
      await stage.hub.reconcile('s1');
      await stage.pass(120_000);
      expect(lost).toBe(1);
      expect(await stage.hub.units('tea', 'S')).toMatchObject({ available: 2, reserved: 3 });
      await areWhole(shop);
    },
  );
});

describe('both were restored', () => {
  test('from backups of one time: nothing is noticed, for both have lost the same', async () => {
    const shop = await halves();
    const backups = [stage.hub.backup(), shop.backup()] as const;
    await shop.reserve(stage.newId(), tea(7));
    await stage.pass(3_000);
    shop.crash();
    await stage.hub.restore(backups[0]);
    await shop.restore(backups[1]);
    await stage.pass(60_000);
    await areWhole(shop);
    expect(await stage.unitsOf('tea')).toBe(10);
  });

  test.each([
    { hubFirst: true, what: 'the hub from the older one' },
    { hubFirst: false, what: 'the shop from the older one' },
  ])(
    'from backups of two times, $what: each gets back what the other has of it',
    async ({ hubFirst }) => {
      const shop = await halves();
      const older = [stage.hub.backup(), shop.backup()] as const;
      await shop.receive('tea', 'S', 10);
      const id = stage.newId();
      await stage.hub.reserve(id, tea(3));
      await shop.reserve(stage.newId(), tea(2));
      await stage.pass(3_000);
      const newer = [stage.hub.backup(), shop.backup()] as const;
      await shop.ask({ type: 'sell', ...tea(1) });
      await stage.hub.confirm(id);
      await stage.pass(3_000);
      shop.crash();
      await stage.hub.restore(hubFirst ? older[0] : newer[0]);
      await shop.restore(hubFirst ? newer[1] : older[1]);
      await stage.pass(20_000);
      for (let i = 0; i < 2; i += 1) {
        await stage.hub.reconcile('s1');
        await stage.pass(60_000);
      }
      await areWhole(shop);
      expect(await stage.unitsOf('tea')).toBe(20);
      expect((await stage.hub.reservation(id))?.status).toBe('held');
    },
  );
});

describe('a shop that was copied', () => {
  test('the one that calls first goes on, and the other is fenced', async () => {
    const shop = await halves();
    shop.cutOff();
    const clone = stage.cloneShop(shop);
    await clone.start();
    await stage.pass(20_000);
    expect(clone.isConnected).toBe(true);
    await clone.ask({ type: 'sell', ...tea(1) });
    await stage.pass(1_000);
    await shop.heal();
    expect(shop.isConnected).toBe(false);
    expect((await shop.linkTo('hub')).fence).toBe('copied');
    expect(await shop.reserve(stage.newId(), tea(1))).toBe('node_fenced');
    expect(clone.isConnected).toBe(true);
    expect((await stage.hub.linkTo('s1')).fence).toBe(null);
    shop.crash();
    await areWhole(clone);
  });

  test('what both have done is in the books of the one that is kept', async () => {
    const shop = await halves();
    shop.cutOff();
    await stage.pass(20_000);
    const clone = stage.cloneShop(shop);
    await clone.start();
    await stage.pass(20_000);
    await clone.ask({ type: 'sell', ...tea(1) });
    await stage.pass(3_000);
    await shop.ask({ type: 'sell', ...tea(2) });
    clone.crash();
    await shop.heal();
    expect((await shop.linkTo('hub')).fence).toBe('copied');
    await stage.hub.reconcile('s1');
    await stage.pass(60_000);
    expect(await shop.available('tea', 'S')).toBe(2);
    await areWhole(shop);
    await mirrorsAgree(shop);
    expect(await stage.unitsOf('tea')).toBe(7);
  });
});

describe('a database that is not the one that the node last ran on', () => {
  test('is fenced at a location that is cut off, until a handshake finds both logs whole', async () => {
    const shop = await halves();
    shop.cutOff();
    shop.disk.outside = { incarnation: 0, next: null };
    await shop.restart();
    expect(await shop.reserve(stage.newId(), tea(1))).toBe('node_fenced');
    expect((await shop.linkTo('hub')).fence).toBe('unproven');
    await shop.restart();
    expect(await shop.reserve(stage.newId(), tea(1))).toBe('node_fenced');
    await shop.heal();
    expect(await shop.reserve(stage.newId(), tea(1))).toBe('held');
    await stage.pass(3_000);
    await areWhole(shop);
  });

  test('of a hub is fenced at the locations of all shops, each until its own handshake', async () => {
    stage = await Stage.open(['S', 'T', 'own']);
    const shops = [
      await stage.addShop('s1', 'S', { hubShare: 1, floor: 0 }),
      await stage.addShop('t1', 'T', { hubShare: 1, floor: 0 }),
    ];
    for (const { location, receive } of shops.map((shop) => ({
      location: shop.location,
      receive: () => shop.receive('tea', shop.location, 3),
    }))) {
      expect(await receive(), location).toBe('ok');
    }
    await stage.hub.receive('tea', 'own', 3);
    await stage.pass(3_000);
    shops[1]?.cutOff();
    stage.hub.disk.outside = { incarnation: 0, next: null };
    await stage.hub.restart();
    const reserveAt = (location: string) =>
      stage.hub.reserve(stage.newId(), { sku: 'tea', location, quantity: 1 });
    expect(await reserveAt('S')).toBe('node_fenced');
    expect(await reserveAt('own')).toBe('held');
    await stage.pass(20_000);
    expect(await reserveAt('S')).toBe('held');
    expect(await reserveAt('T')).toBe('node_fenced');
    await shops[1]?.heal();
    expect(await reserveAt('T')).toBe('held');
  });
});
