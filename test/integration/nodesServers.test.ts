import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WAIT_MS } from '../support/nodes/machine.ts';
import { Stage } from '../support/nodes/stage.ts';
import type { TestHub } from '../support/nodes/testHub.ts';
import { reserve } from '../support/nodes/testNode.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

let stage: Stage;
let second: TestHub;
let shop: TestShop;

/** Two servers of a hub on one database, and a shop with 10 units, whose link the first server has. */
beforeEach(async () => {
  stage = await Stage.open(['S']);
  second = await stage.addServer();
  shop = await stage.addShop('s1', 'S');
  await shop.receive('tea', 'S', 10);
  await stage.pass(3_000);
});

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

function tea(quantity: number) {
  return { sku: 'tea', location: 'S', quantity };
}

describe('a hub of two servers', () => {
  test('one that does not have the link borrows through the other', async () => {
    const before = stage.time.elapsed();
    expect(await second.reserve(stage.newId(), tea(4))).toBe('held');
    expect(stage.time.elapsed() - before).toBeLessThan(WAIT_MS / 5);
    await stage.pass(1_000);
    expect(await shop.available('tea', 'S')).toBe(6);
    expect(second.process.told.questions).toMatchObject([{ peer: 's1', answered: true }]);
  });

  test('buyers at both get exactly what there is', async () => {
    const buyers = () => Array.from({ length: 8 }, () => reserve(stage.newId(), tea(1)));
    const answers = await Promise.all([stage.hub.askAll(buyers()), second.askAll(buyers())]);
    const held = answers.flat().filter((answer) => answer === 'held').length;
    await stage.pass(3_000);
    expect(held).toBe(10);
    expect(await stage.unitsOf('tea')).toBe(10);
  });

  test('what one sells is handed over through the other, and cancelled through it', async () => {
    const [sold, given] = [stage.newId(), stage.newId()];
    for (const id of [sold, given]) {
      await second.reserve(id, tea(2));
      expect(await second.confirm(id)).toBe('confirmed');
    }
    await stage.pass(3_000);
    expect(await shop.fulfil(sold)).toBe('fulfilled');
    expect(await second.cancel(given)).toBe('cancelled');
    await stage.pass(3_000);
    expect((await second.reservation(sold))?.status).toBe('fulfilled');
    expect(await shop.available('tea', 'S')).toBe(8);
  });

  test('a shop that calls the other server ends its session with the first', async () => {
    const { session } = await stage.hub.linkTo('s1');
    shop.server = second;
    shop.wire.isCut = true;
    await stage.pass(5_000);
    await shop.restart();
    shop.wire.isCut = false;
    await stage.pass(30_000);
    expect((await stage.hub.linkTo('s1')).session).toBe(session + 1);
    expect(stage.hub.ends?.status('s1')?.connected ?? false).toBe(false);
    await shop.receive('tea', 'S', 1);
    await stage.pass(3_000);
    expect((await second.share('s1', 'tea', 'S'))?.available).toBe(11);
  });

  test('when one is killed, the shop goes on with the other', async () => {
    stage.hub.crash();
    shop.server = second;
    await stage.pass(10_000);
    expect(shop.isConnected).toBe(true);
    expect(await second.reserve(stage.newId(), tea(10))).toBe('held');
  });

  test('an old call that arrives late at the other server ends nothing for good', async () => {
    let late: string | undefined;
    shop.wire.passes = (text) => {
      if (late === undefined && text.includes('"hello"')) late = text;
      return true;
    };
    shop.wire.sever();
    await stage.pass(3_000);
    await shop.receive('tea', 'S', 1);
    await stage.pass(5_000);
    expect(late).toBeDefined();
    const [here, there] = shop.wire.connect();
    second.ends?.accept('s1', there);
    here.onText(() => undefined);
    here.onClose(() => undefined);
    here.send(late ?? '');
    await stage.pass(60_000);
    expect(shop.isConnected).toBe(true);
    expect((await stage.hub.linkTo('s1')).fence).toBe(null);
    expect((await shop.linkTo('hub')).fence).toBe(null);
    await shop.receive('tea', 'S', 1);
    await stage.pass(3_000);
    expect((await stage.hub.share('s1', 'tea', 'S'))?.available).toBe(12);
  });
});
