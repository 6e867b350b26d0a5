import { afterEach, describe, expect, test } from 'vitest';
import type { ReserveCommand } from '../../src/domain/commands.ts';
import type { OpenLine, Strategy } from '../../src/domain/sourcing/sourcing.ts';
import { WAIT_MS } from '../support/nodes/machine.ts';
import { Stage } from '../support/nodes/stage.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

const PLACES = ['A', 'B', 'C'];

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

/** Shops `a`, `b` and `c` that own so many units each; the hub owns none. */
async function shops(...units: readonly number[]): Promise<readonly TestShop[]> {
  stage = await Stage.open(PLACES);
  const opened: TestShop[] = [];
  for (const [index, location] of PLACES.entries()) {
    const shop = await stage.addShop(location.toLowerCase(), location);
    const quantity = units[index] ?? 0;
    if (quantity > 0) await shop.receive('tea', location, quantity);
    opened.push(shop);
  }
  await stage.pass(1_000);
  return opened;
}

function tea(
  quantity: number,
  from: OpenLine['from'] = PLACES,
  strategy: Strategy = 'nearest',
): ReserveCommand {
  const sourcing = { strategy, lines: [{ sku: 'tea', quantity, from }] };
  const rest = { ttlSeconds: 900, reference: null, metadata: null };
  return { type: 'reserve', reservationId: stage.newId(), lines: [], sourcing, ...rest };
}

/** What the hub answers: where the parts lie, or the refusal's code, and after how many milliseconds. */
async function buy(command: ReserveCommand): Promise<{ parts: unknown; afterMs: number }> {
  const before = stage.time.elapsed();
  const word = await stage.hub.ask(command);
  const afterMs = stage.time.elapsed() - before;
  const reservation = await stage.hub.reservation(command.reservationId);
  const lines = reservation?.lines.map(({ location, quantity }) => [location, quantity]);
  return { parts: lines ? Object.fromEntries(lines) : word, afterMs };
}

describe('lines that leave the location open, at the hub', () => {
  test('are filled with what the nearest shop owns', async () => {
    const [a, b] = await shops(5, 5);
    const { parts, afterMs } = await buy(tea(3));
    expect(parts).toEqual({ A: 3 });
    expect(afterMs).toBeLessThan(WAIT_MS / 5);
    expect(await a?.available('tea', 'A')).toBe(2);
    expect(await b?.available('tea', 'B')).toBe(5);
  });

  test('ask several shops at once for what one does not have', async () => {
    await shops(5, 4, 9);
    const { parts, afterMs } = await buy(tea(8));
    expect(parts).toEqual({ A: 5, B: 3 });
    expect(afterMs).toBeLessThan(WAIT_MS / 5);
  });

  test('come from the shop with most, or from as few as can be', async () => {
    await shops(5, 4, 9);
    expect((await buy(tea(6, 'any', 'most_stock'))).parts).toEqual({ C: 6 });
    expect((await buy(tea(8, 'any', 'fewest_parcels'))).parts).toEqual({ A: 5, B: 3 });
  });

  test('come from the next shop where the nearest is cut off', async () => {
    const [a] = await shops(5, 5);
    a?.cutOff();
    const first = await buy(tea(3));
    expect(first.parts).toEqual({ B: 3 });
    expect(first.afterMs).toBeGreaterThanOrEqual(WAIT_MS);
    expect(first.afterMs).toBeLessThan(2 * WAIT_MS);
    const second = await buy(tea(2));
    expect(second.parts).toEqual({ B: 2 });
    expect(second.afterMs).toBeLessThan(WAIT_MS / 5);
    if (a) a.wire.isCut = false;
    await stage.pass(10_000);
    expect((await buy(tea(5))).parts).toEqual({ A: 5 });
  });

  test('come from what the hub owns where the shops do not answer', async () => {
    stage = await Stage.open(PLACES);
    await stage.hub.receive('tea', 'B', 4);
    const shop = await stage.addShop('a', 'A');
    await shop.receive('tea', 'A', 5);
    await stage.pass(1_000);
    shop.cutOff();
    expect((await buy(tea(3))).parts).toEqual({ B: 3 });
    shop.wire.isCut = false;
  });

  test('come from a third shop where two are cut off, and no further is asked', async () => {
    const [a, b, c] = await shops(5, 5, 5);
    a?.cutOff();
    b?.cutOff();
    const third = await buy(tea(3));
    expect(third.parts).toEqual({ C: 3 });
    expect(third.afterMs).toBeLessThan(3 * WAIT_MS);
    c?.cutOff();
    const none = await buy(tea(3));
    expect(none.parts).toBe('insufficient_stock');
    expect(none.afterMs).toBeLessThan(4 * WAIT_MS);
    for (const shop of [a, b, c]) if (shop) shop.wire.isCut = false;
    await stage.pass(10_000);
    expect((await buy(tea(12))).parts).toEqual({ A: 5, B: 5, C: 2 });
  });

  test('are taken to another shop where the first has sold meanwhile what it was thought to have', async () => {
    const [a, b] = await shops(3, 5);
    if (!a) throw new Error('there is a shop');
    a.wire.passes = (text) => !text.includes('"sell"');
    await a.ask({ type: 'sell', sku: 'tea', location: 'A', quantity: 2 });
    const { parts } = await buy(tea(3));
    expect(parts).toEqual({ B: 3 });
    expect(await b?.available('tea', 'B')).toBe(2);
    a.wire.passes = () => true;
    await stage.pass(10_000);
    expect(await stage.unitsOf('tea')).toBe(6);
  });

  test('are handed over by each shop that has a part', async () => {
    const [a, b] = await shops(2, 2);
    const command = tea(3);
    await buy(command);
    const { reservationId } = command;
    expect(await stage.hub.confirm(reservationId)).toBe('confirmed');
    await stage.pass(1_000);
    expect(await a?.fulfil(reservationId)).toBe('fulfilled');
    expect(await b?.fulfil(reservationId)).toBe('fulfilled');
    await stage.pass(1_000);
    expect((await stage.hub.reservation(reservationId))?.status).toBe('fulfilled');
  });

  test('leave nothing to those who come later, however many buy at once', async () => {
    await shops(7, 5, 8);
    const words = await stage.hub.askAll(Array.from({ length: 40 }, () => tea(1, 'any')));
    const held = words.filter((word) => word === 'held').length;
    // Who was refused while units were on their way to others finds those that nobody took.
    await stage.pass(10_000);
    const late = await stage.hub.askAll(Array.from({ length: 20 - held }, () => tea(1, 'any')));
    expect(new Set(late)).toEqual(new Set(held < 20 ? ['held'] : []));
    expect(await stage.hub.ask(tea(1, 'any'))).toBe('insufficient_stock');
  });
});

describe('buyers who come together', () => {
  test('are sent to as many shops as they need, in one round', async () => {
    const places = Array.from({ length: 8 }, (_, index) => `P${index}`);
    stage = await Stage.open(places);
    for (const place of places) {
      const shop = await stage.addShop(place.toLowerCase(), place);
      await shop.receive('tea', place, 2);
    }
    await stage.pass(1_000);
    const before = stage.time.elapsed();
    const words = await stage.hub.askAll(Array.from({ length: 16 }, () => tea(1, 'any')));
    expect(new Set(words)).toEqual(new Set(['held']));
    expect(stage.time.elapsed() - before).toBeLessThan(WAIT_MS / 5);
  });
});

describe('in a shop', () => {
  test('lines that leave the location open come from its own', async () => {
    const [a] = await shops(5, 5);
    const command = tea(2, 'any');
    expect(await a?.ask(command)).toBe('held');
    expect((await a?.reservation(command.reservationId))?.lines).toMatchObject([{ location: 'A' }]);
    expect(await a?.ask(tea(4, 'any'))).toBe('insufficient_stock');
  });
});
