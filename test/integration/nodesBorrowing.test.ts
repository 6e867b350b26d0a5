import { afterEach, describe, expect, test } from 'vitest';
import type { Shortage } from '../../src/domain/refusals.ts';
import type { Answer } from '../../src/ledger/ledger.ts';
import { AbandonedError } from '../../src/ledger/ledger.ts';
import { WAIT_MS } from '../support/nodes/machine.ts';
import { SHOP_KEEPS_ALL, Stage } from '../support/nodes/stage.ts';
import { reserve } from '../support/nodes/testNode.ts';
import type { TestShop } from '../support/nodes/testShop.ts';

let stage: Stage;

afterEach(async () => {
  expect(stage.defects).toEqual([]);
  expect(await stage.findings()).toEqual([]);
  await stage.close();
});

/** A shop with `shopHas` units, and a hub with `hubHas` of the same level. */
async function shared(shopHas: number, hubHas: number): Promise<TestShop> {
  stage = await Stage.open(['S']);
  await stage.hub.receive('tea', 'S', hubHas + 1);
  const shop = await stage.addShop('s1', 'S', { hubShare: 1, floor: 0 });
  const { session } = await stage.hub.linkTo('s1');
  const change = { policy: SHOP_KEEPS_ALL };
  await stage.hub.link({ type: 'updateLink', peer: 's1', session, change });
  await stage.pass(1_000);
  await stage.hub.reserve(stage.newId(), tea(1));
  if (shopHas > 0) await shop.receive('tea', 'S', shopHas);
  await stage.pass(1_000);
  expect(await shop.available('tea', 'S')).toBe(shopHas);
  expect(await stage.hub.available('tea', 'S')).toBe(hubHas);
  return shop;
}

function tea(quantity: number) {
  return { sku: 'tea', location: 'S', quantity };
}

describe('a node that is short asks whoever owns some', () => {
  test('the hub asks the shop', async () => {
    const shop = await shared(10, 0);
    const before = stage.time.elapsed();
    expect(await stage.hub.reserve(stage.newId(), tea(4))).toBe('held');
    expect(stage.time.elapsed() - before).toBeLessThan(WAIT_MS / 5);
    expect(await shop.available('tea', 'S')).toBe(6);
    expect(await stage.hub.units('tea', 'S')).toEqual({ available: 0, reserved: 5, committed: 0 });
  });

  test('the shop asks the hub, for a sale over the counter too', async () => {
    const shop = await shared(1, 10);
    expect(await shop.reserve(stage.newId(), tea(3))).toBe('held');
    expect(await shop.ask({ type: 'sell', ...tea(2) })).toBe('ok');
    await stage.pass(1_000);
    expect(await stage.hub.available('tea', 'S')).toBe(6);
    expect(await shop.available('tea', 'S')).toBe(0);
  });

  test('only for what is missing', async () => {
    const shop = await shared(10, 3);
    expect(await stage.hub.reserve(stage.newId(), tea(5))).toBe('held');
    expect(await shop.available('tea', 'S')).toBe(8);
  });

  test('gets what there is when there is less, and refuses if that is not enough', async () => {
    const shop = await shared(4, 0);
    expect(await stage.hub.reserve(stage.newId(), tea(7))).toBe('insufficient_stock');
    await stage.pass(2_000);
    expect(await shop.available('tea', 'S')).toBe(0);
    expect(await stage.hub.available('tea', 'S')).toBe(4);
    expect(await stage.hub.reserve(stage.newId(), tea(4))).toBe('held');
  });

  test('asks for what it has just passed on, too: it is there before the question', async () => {
    stage = await Stage.open(['S']);
    const shop = await stage.addShop('s1', 'S', { hubShare: 1, floor: 0 });
    const { peer, session } = await shop.linkTo(stage.hub.name);
    await shop.receive('tea', 'S', 3);
    const [passedOn, sold] = [
      shop.link({ type: 'balance', peer, session, levels: [{ sku: 'tea', location: 'S' }] }),
      shop.ask({ type: 'sell', ...tea(2) }),
    ];
    await passedOn;
    expect(await sold).toBe('ok');
    await stage.pass(1_000);
    expect(await stage.hub.available('tea', 'S')).toBe(1);
  });

  test('asks nobody when nobody has any', async () => {
    await shared(0, 0);
    const before = stage.hub.head;
    expect(await stage.hub.reserve(stage.newId(), tea(1))).toBe('insufficient_stock');
    expect(stage.hub.typesAfter(before)).toEqual([]);
  });

  test('is refused where the peer has sold what it was thought to have', async () => {
    const shop = await shared(3, 0);
    shop.wire.passes = (text) => !text.includes('"sell"');
    await shop.ask({ type: 'sell', ...tea(3) });
    expect((await stage.hub.share('s1', 'tea', 'S'))?.available).toBe(3);
    const before = stage.time.elapsed();
    expect(await stage.hub.reserve(stage.newId(), tea(1))).toBe('insufficient_stock');
    expect(stage.time.elapsed() - before).toBeGreaterThanOrEqual(WAIT_MS);
    shop.wire.passes = () => true;
    await stage.pass(10_000);
    expect((await stage.hub.share('s1', 'tea', 'S'))?.available).toBe(0);
    expect(stage.hub.disk.tables.demand.size).toBe(1);
  });

  test('a refusal says where else there is stock', async () => {
    const shop = await shared(3, 0);
    shop.cutOff();
    const answer = await stage.hub.submit({ items: [{ command: reserve(stage.newId(), tea(1)) }] });
    expect(shortagesOf(answer)).toMatchObject([
      { requested: 1, available: 0, elsewhere: [{ node: 's1', available: 3 }] },
    ]);
    shop.wire.isCut = false;
  });

  test('holds of the peer that are due are given back before it refuses', async () => {
    const shop = await shared(2, 0);
    await shop.ask({ ...reserve(stage.newId(), tea(2)), ttlSeconds: 60 });
    await stage.pass(59_900);
    expect(await stage.hub.reserve(stage.newId(), tea(1))).toBe('insufficient_stock');
    await stage.pass(99);
    expect(await stage.hub.reserve(stage.newId(), tea(2))).toBe('insufficient_stock');
    await stage.pass(10_000);
    expect(await stage.hub.reserve(stage.newId(), tea(2))).toBe('held');
  });
});

describe('when time is up', () => {
  test('the buyer is refused, and a late grant is kept for a second and then available', async () => {
    const shop = await shared(5, 0);
    shop.wire.weather = { delayMs: [200, 200], loss: 0, doubling: 0 };
    const before = stage.time.elapsed();
    expect(await stage.hub.reserve(stage.newId(), tea(2))).toBe('insufficient_stock');
    expect(stage.time.elapsed() - before).toBeGreaterThanOrEqual(WAIT_MS);
    expect(stage.time.elapsed() - before).toBeLessThan(2 * WAIT_MS);
    await stage.pass(3_000);
    expect(await stage.hub.available('tea', 'S')).toBe(2);
    expect(await shop.available('tea', 'S')).toBe(3);
    const share = await stage.hub.share('s1', 'tea', 'S');
    expect(share?.request).toBe(null);
  });

  test('a peer that did not answer is not waited for again for a while', async () => {
    const shop = await shared(5, 0);
    shop.cutOff();
    await stage.hub.reserve(stage.newId(), tea(1));
    const before = stage.time.elapsed();
    expect(await stage.hub.reserve(stage.newId(), tea(1))).toBe('insufficient_stock');
    expect(stage.time.elapsed() - before).toBeLessThan(WAIT_MS / 5);
    await shop.heal();
    expect(await stage.hub.reserve(stage.newId(), tea(1))).toBe('held');
  });

  test('what was asked for in a session that has ended is not granted in the next', async () => {
    const shop = await shared(5, 0);
    shop.cutOff();
    await stage.hub.reserve(stage.newId(), tea(2));
    await shop.heal();
    expect(await shop.available('tea', 'S')).toBe(5);
    expect(await stage.hub.available('tea', 'S')).toBe(0);
  });

  test('a grant that was under way when the line was cut arrives when it is healed', async () => {
    const shop = await shared(5, 0);
    shop.wire.passes = (text) => !text.includes('"grant"');
    expect(await stage.hub.reserve(stage.newId(), tea(2))).toBe('insufficient_stock');
    expect(await shop.available('tea', 'S')).toBe(3);
    shop.wire.passes = () => true;
    await shop.heal();
    expect(await stage.hub.available('tea', 'S')).toBe(2);
    expect(await stage.hub.reserve(stage.newId(), tea(2))).toBe('held');
  });
});

describe('many at once', () => {
  test('100 buyers that are short ask once, and exactly as many buy as there are units', async () => {
    const shop = await shared(60, 0);
    const before = stage.hub.head;
    const buyers = Array.from({ length: 100 }, () => reserve(stage.newId(), tea(1)));
    const answers = await stage.hub.askAll(buyers);
    expect(answers.filter((answer) => answer === 'held').length).toBe(60);
    const asked = stage.hub.typesAfter(before).filter((type) => type === 'want');
    expect(asked.length).toBe(1);
    expect(await shop.available('tea', 'S')).toBe(0);
  });

  test('what is there is not counted for each of them', async () => {
    const shop = await shared(10, 3);
    const buyers = Array.from({ length: 3 }, () => reserve(stage.newId(), tea(4)));
    expect(await stage.hub.askAll(buyers)).toEqual(['held', 'held', 'held']);
    expect(await shop.available('tea', 'S')).toBe(1);
  });

  test('a batch gets what all of its commands lack together', async () => {
    const shop = await shared(10, 1);
    const commands = [2, 1, 3].map((units) => reserve(stage.newId(), tea(units)));
    const answer = await stage.hub.submit({ items: commands.map((command) => ({ command })) });
    expect(answer.kind === 'done' && answer.items.map(({ outcome }) => outcome.kind)).toEqual([
      'reservation',
      'reservation',
      'reservation',
    ]);
    expect(await shop.available('tea', 'S')).toBe(5);
  });

  test('those who come while others wait ask together in the next round', async () => {
    const shop = await shared(10, 0);
    shop.wire.weather = { delayMs: [30, 30], loss: 0, doubling: 0 };
    const first = stage.hub.askAll([reserve(stage.newId(), tea(1))]);
    const later = Array.from({ length: 9 }, () => reserve(stage.newId(), tea(1)));
    const [one, nine] = await Promise.all([first, stage.hub.askAll(later)]);
    expect([...one, ...nine]).toEqual(Array.from({ length: 10 }, () => 'held'));
  });

  test('what was kept for the buyer who waits is not taken by one who comes between', async () => {
    const shop = await shared(2, 0);
    const { hub } = stage;
    let thief: Promise<string> | undefined;
    hub.onStep = (step) => {
      const isKept = [...hub.disk.tables.reservations.values()].some(
        ({ status, ttlSeconds }) => status === 'held' && ttlSeconds === 1,
      );
      if (step === 'load' && isKept) thief ??= hub.reserve(stage.newId(), tea(2));
    };
    expect(await hub.reserve(stage.newId(), tea(2))).toBe('held');
    expect(thief).toBeDefined();
    expect(await thief).toBe('insufficient_stock');
    expect(await shop.available('tea', 'S')).toBe(0);
  });

  test('two nodes that are both short do not swap units: the hub is served first', async () => {
    const shop = await shared(2, 2);
    shop.wire.weather = { delayMs: [20, 20], loss: 0, doubling: 0 };
    const atHub = stage.hub.askAll([reserve(stage.newId(), tea(4))]);
    const atShop = shop.askAll([reserve(stage.newId(), tea(4))]);
    expect(await atHub).toEqual(['held']);
    expect(await atShop).toEqual(['insufficient_stock']);
    await stage.pass(3_000);
    expect(await stage.unitsOf('tea')).toBe(5);
  });
});

describe('a work that waits', () => {
  test('is joined by a repetition of its idempotency key', async () => {
    const shop = await shared(5, 0);
    shop.wire.weather = { delayMs: [30, 30], loss: 0, doubling: 0 };
    const work = {
      actor: 'ann',
      requestId: 'q',
      items: [{ command: reserve(stage.newId(), tea(2)) }],
      key: { key: 'k', fingerprint: 'f' },
    };
    const { api } = stage.hub.process;
    const [one, same, differs] = await stage.until(
      Promise.all([
        api.submit(work),
        api.submit(work),
        api.submit({ ...work, key: { key: 'k', fingerprint: 'g' } }),
      ]),
    );
    expect(one).toMatchObject({ kind: 'done', replayed: false });
    expect(same).toMatchObject({ kind: 'done', replayed: true });
    expect(differs).toEqual({ kind: 'keyReused', index: null });
    expect(await shop.available('tea', 'S')).toBe(3);
    const later = await stage.hub.submit(work);
    expect(later).toMatchObject({ kind: 'done', replayed: true });
  });

  test('is done for whoever repeats it though the first to ask has gone', async () => {
    await shared(0, 5);
    const work = {
      actor: 'ann',
      requestId: 'q',
      items: [{ command: reserve(stage.newId(), tea(2)) }],
      key: { key: 'k', fingerprint: 'f' },
    };
    const { api } = stage.hub.process;
    const gone = api.submit({ ...work, signal: { aborted: true } });
    const again = [api.submit(work), api.submit(work)];
    await expect(stage.until(gone)).rejects.toBeInstanceOf(AbandonedError);
    const answers = await stage.until(Promise.all(again));
    expect(answers).toMatchObject([
      { kind: 'done', replayed: false },
      { kind: 'done', replayed: true },
    ]);
    expect(await stage.hub.available('tea', 'S')).toBe(3);
  });

  test('with lines in two shops asks both at once', async () => {
    stage = await Stage.open(['S', 'T']);
    const shops = [await stage.addShop('s1', 'S'), await stage.addShop('t1', 'T')];
    for (const shop of shops) {
      await shop.receive('tea', shop.location, 3);
      shop.wire.weather = { delayMs: [60, 60], loss: 0, doubling: 0 };
    }
    await stage.pass(1_000);
    const lines = shops.map(({ location }) => ({ sku: 'tea', location, quantity: 2 }));
    const before = stage.time.elapsed();
    expect(await stage.hub.reserve(stage.newId(), ...lines)).toBe('held');
    expect(stage.time.elapsed() - before).toBeLessThan(WAIT_MS);
    for (const shop of shops) expect(await shop.available('tea', shop.location)).toBe(1);
  });

  test('with lines in two shops of which one is cut off is refused, and keeps nothing of the other', async () => {
    stage = await Stage.open(['S', 'T']);
    const near = await stage.addShop('s1', 'S');
    const far = await stage.addShop('t1', 'T');
    for (const shop of [near, far]) await shop.receive('tea', shop.location, 3);
    await stage.pass(1_000);
    far.cutOff();
    const lines = ['S', 'T'].map((location) => ({ sku: 'tea', location, quantity: 2 }));
    expect(await stage.hub.reserve(stage.newId(), ...lines)).toBe('insufficient_stock');
    await stage.pass(3_000);
    expect(await stage.hub.units('tea', 'S')).toEqual({ available: 2, reserved: 0, committed: 0 });
    expect(await near.available('tea', 'S')).toBe(1);
    await far.heal();
  });

  test('an atomic batch gets all that it lacks, or does nothing', async () => {
    const shop = await shared(5, 0);
    const two = [reserve(stage.newId(), tea(2)), reserve(stage.newId(), tea(3))];
    const items = two.map((command) => ({ command }));
    expect(await stage.hub.submit({ items, atomic: true })).toMatchObject({
      kind: 'done',
      items: [{ outcome: { kind: 'reservation' } }, { outcome: { kind: 'reservation' } }],
    });
    expect(await shop.available('tea', 'S')).toBe(0);
    const more = [reserve(stage.newId(), tea(1))].map((command) => ({ command }));
    expect(await stage.hub.submit({ items: more, atomic: true })).toMatchObject({
      kind: 'refused',
      index: 0,
      refusal: { code: 'insufficient_stock' },
    });
  });

  test('is decided when its node is short by a shortfall, too', async () => {
    const shop = await shared(0, 9);
    shop.wire.passes = (text) => !text.includes('"entries"') || text.includes('"want"');
    await shop.ask({ type: 'sell', ...tea(3), allowShortfall: true });
    shop.wire.passes = () => true;
    await shop.reserve(stage.newId(), tea(2));
    await stage.pass(10_000);
    expect(await stage.unitsOf('tea')).toBe(10 - 3);
    expect(await shop.available('tea', 'S')).toBeGreaterThanOrEqual(0);
  });
});

function shortagesOf(answer: Answer): readonly Shortage[] {
  const outcome = answer.kind === 'done' ? answer.items[0]?.outcome : undefined;
  const refusal = outcome?.kind === 'refused' ? outcome.refusal : undefined;
  return refusal?.code === 'insufficient_stock' ? refusal.shortages : [];
}
