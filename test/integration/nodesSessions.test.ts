import { afterEach, describe, expect, test } from 'vitest';
import type { CommitStep } from '../../simulator/memoryStorage/ledgerStore.ts';
import { LinkRefusedError } from '../../src/nodes/linkCommands.ts';
import { SHOP_KEEPS_ALL, Stage } from '../support/nodes/stage.ts';
import type { TestNode } from '../support/nodes/testNode.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

/** Kills the process as it reaches a step of its `count`-th commit from now on. */
function crashAt(node: TestNode, step: CommitStep, count: number): { readonly isDone: boolean } {
  const crash = { isDone: false, left: count };
  node.onStep = (reached) => {
    if (crash.isDone || reached !== step) return;
    crash.left -= 1;
    if (crash.left > 0) return;
    crash.isDone = true;
    node.crash();
  };
  return crash;
}

/** Both cursors are at the other's head, as far as there is anything to tell. */
async function haveMet(shop: TestShop): Promise<void> {
  const [there, here] = [await stage.hub.linkTo(shop.name), await shop.linkTo('hub')];
  expect(there.session).toBe(here.session);
  expect(there.acknowledged).toBe(here.received);
  expect(here.acknowledged).toBe(there.received);
  expect(there.acknowledgedDigest).toBe(here.receivedDigest);
  expect(here.acknowledgedDigest).toBe(there.receivedDigest);
  expect([there.fence, here.fence]).toEqual([null, null]);
}

describe('enrolment', () => {
  test('a new node learns who its hub is, and has its catalogue and its location in hand', async () => {
    stage = await Stage.open(['S', 'T'], ['tea', 'milk']);
    const shop = await stage.addShop('s1', 'S');
    expect(shop.isConnected).toBe(true);
    expect([...shop.disk.tables.products.keys()].sort()).toEqual(['milk', 'tea']);
    expect(shop.disk.tables.locations.get('S')?.node).toBe(undefined);
    expect(shop.disk.tables.locations.get('T')?.node).toBe('hub');
    expect(stage.hub.disk.tables.locations.get('S')?.node).toBe('s1');
    await haveMet(shop);
  });

  test.each([
    ...[1, 2, 3, 4].flatMap((count) => [
      { who: 'shop' as const, step: 'write' as const, count },
      { who: 'shop' as const, step: 'answer' as const, count },
    ]),
    ...[1, 2].flatMap((count) => [
      { who: 'hub' as const, step: 'write' as const, count },
      { who: 'hub' as const, step: 'answer' as const, count },
    ]),
  ])('a crash of the $who at `$step` of its commit $count locks nobody out', async (row) => {
    stage = await Stage.open(['S']);
    const shop = stage.newShop('s1', 'S', await stage.addNode('s1', 'S'));
    await shop.start();
    const node = row.who === 'hub' ? stage.hub : shop;
    const crash = crashAt(node, row.step, row.count);
    await stage.pass(5_000);
    expect(crash.isDone).toBe(true);
    if (!node.isRunning) await node.start();
    await stage.pass(30_000);
    expect(shop.isConnected).toBe(true);
    await shop.receive('tea', 'S', 3);
    await stage.pass(3_000);
    expect((await stage.hub.share('s1', 'tea', 'S'))?.available).toBe(3);
    await haveMet(shop);
  });

  test.each([1, 2, 3, 4])(
    'connections that break after %i messages lock nobody out',
    async (count) => {
      stage = await Stage.open(['S']);
      const shop = stage.newShop('s1', 'S', await stage.addNode('s1', 'S'));
      let left = count;
      shop.wire.passes = () => {
        left -= 1;
        if (left % count === 0 && left > -3 * count) {
          shop.wire.sever();
          return false;
        }
        return true;
      };
      await shop.start();
      await stage.pass(30_000);
      expect(shop.isConnected).toBe(true);
      await stage.pass(3_000);
      await haveMet(shop);
    },
  );

  test('a node with a wrong token is not let in, and needs the right one', async () => {
    stage = await Stage.open(['S']);
    const token = await stage.addNode('s1', 'S');
    const shop = stage.newShop('s1', 'S', 'a guess');
    await shop.start();
    await stage.pass(5_000);
    expect(shop.isConnected).toBe(false);
    expect(shop.head).toBe(0);
    shop.token = token;
    await shop.restart();
    await stage.pass(5_000);
    expect(shop.isConnected).toBe(true);
  });

  test('the name of another node does not go with the token', async () => {
    stage = await Stage.open(['S', 'T']);
    const token = await stage.addNode('s1', 'S');
    await stage.addNode('s2', 'T');
    const shop = stage.newShop('s2', 'T', token);
    await shop.start();
    await stage.pass(5_000);
    expect(shop.isConnected).toBe(false);
  });

  test('a location has one node, and a name is given once', async () => {
    stage = await Stage.open(['S', 'T']);
    await stage.addNode('s1', 'S');
    await expect(stage.addNode('s2', 'S')).rejects.toThrow('node_exists');
    await expect(stage.addNode('s1', 'T')).rejects.toThrow('node_exists');
    expect([...stage.hub.disk.tables.links.keys()]).toEqual(['s1']);
  });

  test('a node cannot be added where the catalogue has no location, and leaves nothing behind', async () => {
    stage = await Stage.open([]);
    await expect(stage.addNode('s1', 'nowhere')).rejects.toThrow(LinkRefusedError);
    expect(stage.hub.disk.tables.links.size).toBe(0);
    await stage.addLocation('nowhere');
    const shop = await stage.addShop('s1', 'nowhere');
    expect(shop.isConnected).toBe(true);
  });

  test('goods that the hub had at the location are split when the shop joins', async () => {
    stage = await Stage.open(['S']);
    await stage.hub.receive('tea', 'S', 10);
    const shop = await stage.addShop('s1', 'S', { hubShare: 0.3, floor: 0 });
    expect(await shop.available('tea', 'S')).toBe(7);
    expect(await stage.hub.available('tea', 'S')).toBe(3);
    expect(await stage.hub.receive('tea', 'S', 1)).toBe('custody_elsewhere');
    expect(await shop.receive('tea', 'S', 1)).toBe('ok');
  });

  test('what the hub had sold before the shop joined is handed over there', async () => {
    stage = await Stage.open(['S']);
    await stage.hub.receive('tea', 'S', 5);
    const id = stage.newId();
    await stage.hub.reserve(id, { sku: 'tea', location: 'S', quantity: 2 });
    await stage.hub.confirm(id);
    const shop = await stage.addShop('s1', 'S');
    expect(await shop.units('tea', 'S')).toEqual({ available: 3, reserved: 0, committed: 2 });
    expect(await shop.fulfil(id)).toBe('fulfilled');
    await stage.pass(1_000);
    expect((await stage.hub.reservation(id))?.status).toBe('fulfilled');
  });
});

describe('entries', () => {
  test('a shop that was cut off catches up from where it stood, page by page', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S');
    shop.cutOff();
    for (let i = 0; i < 1_200; i += 1) {
      void shop.process.api.submit({
        actor: 'ann',
        requestId: 'q',
        items: [{ command: { type: 'receive', sku: 'tea', location: 'S', quantity: 1 } }],
      });
    }
    await stage.pass(60_000);
    const before = stage.hub.process.told.entriesReceived;
    await shop.heal();
    expect(stage.hub.process.told.entriesReceived - before).toBe(1_200);
    expect((await stage.hub.share('s1', 'tea', 'S'))?.available).toBe(1_200);
    await haveMet(shop);
  });

  test('a log that is older than what is kept in memory is read from the database', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S');
    await shop.receive('tea', 'S', 1);
    shop.cutOff();
    for (let i = 0; i < 30; i += 1) await shop.receive('tea', 'S', 1);
    await shop.restart();
    await shop.heal();
    expect((await stage.hub.share('s1', 'tea', 'S'))?.available).toBe(31);
    await haveMet(shop);
  });

  test('what is lost on the way is sent again', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S');
    let lost = 0;
    shop.wire.passes = (text) => {
      const isLost = text.includes('"entries"') && lost < 2;
      if (isLost) lost += 1;
      return !isLost;
    };
    await shop.receive('tea', 'S', 4);
    await stage.pass(10_000);
    expect(lost).toBe(2);
    expect((await stage.hub.share('s1', 'tea', 'S'))?.available).toBe(4);
    expect(shop.process.told.sessions.length).toBe(1);
  });

  test('acknowledgements that are lost cost nothing but repetition', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S', { hubShare: 0.5, floor: 0 });
    let lost = 0;
    shop.wire.passes = (text) => {
      const isLost = text.includes('"ack"') && lost < 6;
      if (isLost) lost += 1;
      return !isLost;
    };
    await shop.receive('tea', 'S', 4);
    await stage.pass(20_000);
    expect(lost).toBe(6);
    expect(await shop.available('tea', 'S')).toBe(2);
    expect(await stage.hub.available('tea', 'S')).toBe(2);
    await haveMet(shop);
  });

  test('foul weather: lost, doubled and overtaking messages lose and double nothing', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S', { hubShare: 0.5, floor: 1 });
    shop.wire.weather = { delayMs: [1, 400], loss: 0.2, doubling: 0.2 };
    for (let i = 0; i < 40; i += 1) {
      await shop.receive('tea', 'S', 5);
      await stage.hub.reserve(stage.newId(), { sku: 'tea', location: 'S', quantity: 2 });
      await shop.ask({ type: 'sell', sku: 'tea', location: 'S', quantity: 1 });
      await stage.pass(200);
    }
    shop.wire.weather = { delayMs: [1, 1], loss: 0, doubling: 0 };
    await stage.pass(60_000);
    expect(await stage.unitsOf('tea')).toBe(40 * 5 - 40);
    await haveMet(shop);
    const share = await stage.hub.share('s1', 'tea', 'S');
    expect(share).toMatchObject(await shop.units('tea', 'S'));
    expect(share?.granted).toBe(share?.arrived);
  });
});

describe('connections', () => {
  test('a second connection of a node ends the first', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S');
    const { session } = await stage.hub.linkTo('s1');
    stage.hub.ends?.accept('s1', shop.wire.connect()[1]);
    await stage.pass(100);
    expect(stage.hub.process.told.ends.at(-1)).toBe('a newer connection of the node has come');
    await stage.pass(30_000);
    expect(shop.isConnected).toBe(true);
    expect((await stage.hub.linkTo('s1')).session).toBe(session + 1);
    await haveMet(shop);
  });

  test('a peer that falls silent is given up, and called again', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S');
    const sessions = shop.process.told.sessions.length;
    shop.cutOff();
    await stage.pass(10_000);
    expect(shop.isConnected).toBe(true);
    await stage.pass(8_000);
    expect(shop.isConnected).toBe(false);
    expect(stage.hub.ends?.status('s1')).toEqual({
      connected: false,
      lastHeardMs: expect.any(Number),
    });
    shop.wire.isCut = false;
    await stage.pass(20_000);
    expect(shop.isConnected).toBe(true);
    expect(shop.process.told.sessions.length).toBe(sessions + 1);
  });

  test('a quiet link stays open for days, and writes nothing', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S');
    await stage.pass(10_000);
    const heads = [stage.hub.head, shop.head];
    const commits = shop.process.figures.commits.length;
    await stage.pass(3_600_000);
    expect(shop.process.told.sessions.length).toBe(1);
    expect([stage.hub.head, shop.head]).toEqual(heads);
    expect(shop.process.figures.commits.length).toBe(commits);
  });

  test.each(['hub', 'shop'] as const)(
    'a connection that breaks while the %s opens its session leaves no session behind',
    async (who) => {
      stage = await Stage.open(['S']);
      const shop = await stage.addShop('s1', 'S');
      const node = who === 'hub' ? stage.hub : shop;
      const before = node.process.told.failures.length;
      // So that the hub, too, has something to write when the shop is ready.
      await stage.hub.reconcile('s1');
      let left = 2;
      node.onStep = async (step) => {
        if (step !== 'write') return;
        left -= 1;
        if (left !== 0) return;
        shop.wire.sever();
        await new Promise<void>((resolve) => stage.time.after(500, resolve));
      };
      shop.wire.sever();
      await stage.pass(30_000);
      expect(left).toBeLessThanOrEqual(0);
      expect(shop.isConnected).toBe(true);
      await shop.receive('tea', 'S', 2);
      await stage.pass(3_000);
      expect((await stage.hub.share('s1', 'tea', 'S'))?.available).toBe(2);
      await haveMet(shop);
      const failures = node.process.told.failures.length;
      await stage.pass(60_000);
      expect(node.process.told.failures.length).toBe(failures);
      expect(failures - before).toBeLessThanOrEqual(1);
      expect(node.process.told.sessions.length).toBe(2);
    },
  );

  test('a message that cannot be read ends the connection, and nothing else', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S');
    const [here, there] = shop.wire.connect();
    stage.hub.ends?.accept('s1', there);
    here.onText(() => undefined);
    here.onClose(() => undefined);
    here.send('{"type":"hello"}');
    await stage.pass(30_000);
    expect(stage.hub.process.told.ends).toContain('a message that cannot be read');
    expect(shop.isConnected).toBe(true);
  });

  test('a node that connects and says nothing is not waited for', async () => {
    stage = await Stage.open(['S']);
    const token = await stage.addNode('s1', 'S');
    const shop = stage.newShop('s1', 'S', token);
    stage.hub.ends?.accept('s1', shop.wire.connect()[1]);
    await stage.pass(11_000);
    expect(stage.hub.process.told.ends).toEqual(['the node said nothing']);
  });

  test('a shop that cannot reach its hub goes on selling, and calls ever less often', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S');
    await shop.receive('tea', 'S', 3);
    shop.cutOff();
    shop.wire.sever();
    await stage.pass(60_000);
    const calls = shop.calls;
    await stage.pass(60_000);
    expect(shop.calls - calls).toBeLessThanOrEqual(12);
    expect(shop.calls - calls).toBeGreaterThanOrEqual(6);
    expect(await shop.ask({ type: 'sell', sku: 'tea', location: 'S', quantity: 3 })).toBe('ok');
  });

  test.each(['load', 'write', 'answer'] as const)(
    'a hub that is killed at `%s` while entries flow applies each of them once',
    async (step) => {
      stage = await Stage.open(['S']);
      const shop = await stage.addShop('s1', 'S', { hubShare: 1, floor: 0 });
      const crash = crashAt(stage.hub, step, 2);
      await shop.receive('tea', 'S', 7);
      await stage.pass(3_000);
      expect(crash.isDone).toBe(true);
      await stage.hub.start();
      await stage.pass(30_000);
      expect(await stage.hub.available('tea', 'S')).toBe(7);
      expect(await shop.available('tea', 'S')).toBe(0);
      await haveMet(shop);
    },
  );

  test.each(['write', 'answer'] as const)(
    'a shop that is killed at `%s` while entries flow applies each of them once',
    async (step) => {
      stage = await Stage.open(['S']);
      const shop = await stage.addShop('s1', 'S', SHOP_KEEPS_ALL);
      await shop.receive('tea', 'S', 5);
      const crash = crashAt(shop, step, 1);
      const id = stage.newId();
      await stage.hub.reserve(id, { sku: 'tea', location: 'S', quantity: 2 });
      await stage.pass(3_000);
      expect(crash.isDone).toBe(true);
      await shop.start();
      await stage.pass(30_000);
      expect(await stage.unitsOf('tea')).toBe(5);
      await haveMet(shop);
    },
  );
});
