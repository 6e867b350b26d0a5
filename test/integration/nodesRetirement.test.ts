import { afterEach, describe, expect, test } from 'vitest';
import { Stage } from '../support/nodes/stage.ts';
import { reserve } from '../support/nodes/testNode.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

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
  stage = await Stage.open(['S', 'T']);
  const shop = await stage.addShop('s1', 'S', { hubShare: 0.5, floor: 0 });
  await shop.receive('tea', 'S', 10);
  await stage.pass(3_000);
  return shop;
}

/** Units that the hub has written off. */
function writtenOff(): number {
  return stage.hub.disk.tables.events
    .filter(({ type }) => type === 'write_off')
    .reduce((sum, event) => sum + ('quantity' in event ? event.quantity : 0), 0);
}

describe('a shop that is given up for lost', () => {
  test('has what it owned written off, and none of it becomes available again', async () => {
    const shop = await halves();
    shop.crash();
    await stage.hub.retire('s1');
    expect(writtenOff()).toBe(5);
    expect(await stage.hub.units('tea', 'S')).toEqual({ available: 5, reserved: 0, committed: 0 });
    expect(await stage.hub.reserve(stage.newId(), tea(6))).toBe('insufficient_stock');
    expect(await stage.hub.reserve(stage.newId(), tea(5))).toBe('held');
  });

  test('with what was on its way to it', async () => {
    const shop = await halves();
    shop.cutOff();
    const id = stage.newId();
    await stage.hub.reserve(id, tea(2));
    await stage.hub.confirm(id);
    await stage.pass(1_000);
    expect((await stage.hub.share('s1', 'tea', 'S'))?.granted).toBe(2);
    await stage.hub.retire('s1');
    expect(writtenOff()).toBe(7);
    expect(await stage.hub.units('tea', 'S')).toEqual({ available: 3, reserved: 0, committed: 0 });
    await shop.heal();
    expect(writtenOff()).toBe(7);
    expect(await stage.hub.available('tea', 'S')).toBe(3);
  });

  test('and what it has passed on and nobody has heard of is never taken in', async () => {
    const shop = await halves();
    shop.cutOff();
    await shop.receive('tea', 'S', 10);
    await stage.pass(1_000);
    expect(await shop.available('tea', 'S')).toBe(10);
    await stage.hub.retire('s1');
    await shop.heal();
    expect(await stage.hub.available('tea', 'S')).toBe(5);
    expect(writtenOff()).toBe(5);
  });

  test('promises nothing any more as soon as it hears of it', async () => {
    const shop = await halves();
    await stage.hub.retire('s1');
    await stage.pass(3_000);
    expect(await shop.reserve(stage.newId(), tea(1))).toBe('node_fenced');
    expect(await shop.ask({ type: 'sell', ...tea(1) })).not.toBe('ok');
    await stage.pass(60_000);
    expect((await shop.linkTo('hub')).fence).toBe('retired');
    expect(await shop.reserve(stage.newId(), tea(1))).toBe('node_fenced');
    await shop.restart();
    await stage.pass(30_000);
    expect(await shop.reserve(stage.newId(), tea(1))).toBe('node_fenced');
  });

  test('is heard, and what it says is kept and not applied', async () => {
    const shop = await halves();
    shop.cutOff();
    await stage.pass(20_000);
    const held = stage.newId();
    await shop.reserve(held, tea(1));
    await shop.ask({ type: 'sell', ...tea(2) });
    await stage.hub.retire('s1');
    const { head } = stage.hub;
    await shop.heal();
    const kept = stage.hub.disk.tables.mirror.filter(({ applied }) => !applied);
    expect(kept.map(({ event }) => event.type)).toEqual(
      expect.arrayContaining(['reserve', 'sell', 'node_fenced']),
    );
    expect(stage.hub.head).toBe(head);
    expect(await stage.hub.share('s1', 'tea', 'S')).toMatchObject({ available: 0, reserved: 0 });
    expect((await stage.hub.linkTo('s1')).status).toBe('retired');
  });

  test('leaves its location to the hub, where goods that turn up are received anew', async () => {
    const shop = await halves();
    const other = await stage.addShop('t1', 'T');
    shop.crash();
    await stage.hub.retire('s1');
    expect(await stage.hub.receive('tea', 'S', 4)).toBe('ok');
    expect(await stage.hub.available('tea', 'S')).toBe(9);
    await stage.pass(3_000);
    expect(other.disk.tables.locations.get('S')?.node).toBe('hub');
    expect(await stage.hub.ask({ type: 'count', ...tea(9) })).toBe('ok');
    expect(await stage.hub.available('tea', 'S')).toBe(9);
  });

  test('may be followed by another one at the location', async () => {
    const shop = await halves();
    shop.crash();
    await stage.hub.retire('s1');
    await stage.hub.receive('tea', 'S', 5);
    const next = await stage.addShop('s2', 'S', { hubShare: 0.5, floor: 0 });
    expect(await next.available('tea', 'S')).toBe(5);
    expect(await stage.hub.available('tea', 'S')).toBe(5);
    expect(await next.ask({ type: 'sell', ...tea(5) })).toBe('ok');
  });

  test('cannot come back under its name', async () => {
    const shop = await halves();
    shop.crash();
    await stage.hub.retire('s1');
    await expect(stage.addNode('s1', 'T')).rejects.toThrow('node_exists');
  });

  test('takes nobody else with it: the other shops go on', async () => {
    const shop = await halves();
    const other = await stage.addShop('t1', 'T', { hubShare: 0.5, floor: 0 });
    await other.receive('tea', 'T', 4);
    await stage.pass(1_000);
    shop.crash();
    await stage.hub.retire('s1');
    await stage.pass(3_000);
    expect(other.isConnected).toBe(true);
    expect(await other.reserve(stage.newId(), { sku: 'tea', location: 'T', quantity: 3 })).toBe(
      'held',
    );
  });

  test('is asked for nothing', async () => {
    const shop = await halves();
    shop.cutOff();
    await stage.hub.retire('s1');
    const before = stage.time.elapsed();
    const { head } = stage.hub;
    expect(await stage.hub.reserve(stage.newId(), tea(9))).toBe('insufficient_stock');
    expect(stage.time.elapsed() - before).toBeLessThan(50);
    expect(stage.hub.typesAfter(head)).toEqual([]);
  });

  test('leaves what it was to hand over to be cancelled', async () => {
    const shop = await halves();
    const id = stage.newId();
    await stage.hub.reserve(id, tea(2));
    await stage.hub.confirm(id);
    await stage.pass(3_000);
    shop.crash();
    expect(await stage.hub.cancel(id)).toBe('goods_elsewhere');
    await stage.hub.retire('s1');
    expect(await stage.hub.cancel(id)).toBe('cancelled');
    expect(await stage.hub.cancel(id)).toBe('cancelled');
    expect(await stage.hub.available('tea', 'S')).toBe(3);
    expect(writtenOff()).toBe(7);
  });

  test('while many sell on both sides: the books still add up', async () => {
    const shop = await halves();
    const sales = () => Array.from({ length: 3 }, () => reserve(stage.newId(), tea(1)));
    const [atHub, atShop] = [stage.hub.askAll(sales()), shop.askAll(sales())];
    await stage.hub.retire('s1');
    await Promise.all([atHub, atShop]);
    await stage.pass(60_000);
    const { available, reserved } = await stage.hub.units('tea', 'S');
    expect(available + reserved + writtenOff()).toBe(10);
  });
});
