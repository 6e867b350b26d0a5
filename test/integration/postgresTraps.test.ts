import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/commands.ts';
import type { EventType } from '../../src/domain/events.ts';
import { StoreError } from '../../src/ledger/errors.ts';
import type { ClaimedKey } from '../../src/ledger/ledger.ts';
import { decideOn, feed } from '../support/contractFeed.ts';
import { dispatch, hold, line, move, product, reserve, shop } from '../support/contractRows.ts';
import { STATEMENTS } from '../support/postgres/gate.ts';
import { deadlocksOf, untilLockIsAwaited } from '../support/postgres/lockWaits.ts';
import { connected, createTestDatabase } from '../support/postgres/testDatabase.ts';
import { ask, asks, ServerPair } from '../support/serverPair.ts';

// The traps that were found before Holdfast had servers on PostgreSQL, each by its name. Each test was seen to fail with
// the protection taken out that it is about; a comment says which, where that is not plain.

let pair: ServerPair;
beforeEach(async () => {
  pair = await ServerPair.open();
});
afterEach(() => pair.close());

/** Is done by the other server, so that the one that is to be stopped remembers nothing and has to look. */
async function given(...commands: readonly Command[]): Promise<void> {
  await feed(pair.other.storage.ledger, commands);
}

const key: ClaimedKey = { key: 'key-1', fingerprint: 'the same request' };
const THREE = move('receive', 'A', 'x', 3);

describe('two first receipts of a level collide', () => {
  it('but both are booked, whichever comes first', async () => {
    await given(product('A'), shop('x'));
    const came = await pair.race(asks(THREE), asks(move('receive', 'A', 'x', 4)));
    expect(came.map(({ word }) => word)).toEqual(['done', 'done']);
    expect(await pair.one.storage.queries.level('A', 'x')).toMatchObject({
      available: 7,
      version: 2,
    });
    expect(await pair.findings()).toEqual([]);
  });
});

interface Stale {
  readonly given: readonly Command[];
  readonly first: Command;
  readonly second: Command;
  readonly words: readonly [string, string];
}

const oneUnit = [product('A'), shop('x'), move('receive', 'A', 'x', 1)];
const oneHeld = [...oneUnit, reserve('r', line('A', 'x', 1))];
const STALE: readonly (readonly [string, Stale])[] = [
  [
    'a stock level',
    {
      given: oneUnit,
      first: reserve('r1', line('A', 'x', 1)),
      second: reserve('r2', line('A', 'x', 1)),
      words: ['held', 'insufficient_stock'],
    },
  ],
  [
    'a stock level that gets more',
    {
      given: oneHeld,
      first: { type: 'cancel', reservationId: 'r' },
      second: reserve('r2', line('A', 'x', 1)),
      words: ['cancelled', 'held'],
    },
  ],
  [
    'a reservation that is cancelled',
    {
      given: oneHeld,
      first: { type: 'cancel', reservationId: 'r' },
      second: { type: 'confirm', reservationId: 'r' },
      words: ['cancelled', 'reservation_cancelled'],
    },
  ],
  [
    'a reservation that is cancelled twice',
    {
      given: oneHeld,
      first: { type: 'cancel', reservationId: 'r' },
      second: { type: 'cancel', reservationId: 'r' },
      words: ['cancelled', 'cancelled'],
    },
  ],
  [
    'a reservation that is made just now',
    {
      given: [...oneUnit, move('receive', 'A', 'x', 1)],
      first: reserve('r', line('A', 'x', 1)),
      second: { ...reserve('r', line('A', 'x', 2)) },
      words: ['held', 'reservation_id_taken'],
    },
  ],
  [
    'a product that is removed',
    {
      given: [...oneUnit, move('sell', 'A', 'x', 1)],
      first: { type: 'deleteProduct', sku: 'A' },
      second: THREE,
      words: ['done', 'product_not_found'],
    },
  ],
];

// The second one waits for the locks of the first. What it then goes by must be what the first has left: the retries tell
// that no version check had to catch it.
describe('a value read in the locking statement is stale', () => {
  it.each(STALE)('but not that of %s', async (_, { given: setUp, first, second, words }) => {
    await given(...setUp);
    const came = await pair.race(asks(first), asks(second));
    expect(came.map(({ word }) => word)).toEqual(words);
    expect(pair.retries).toEqual([0, 0]);
    expect(await pair.findings()).toEqual([]);
  });

  it('but not that of an idempotency key', async () => {
    await given(...oneUnit, move('receive', 'A', 'x', 1));
    const came = await pair.race(
      asks(reserve('r1', line('A', 'x', 1)), key),
      asks(reserve('r2', line('A', 'x', 1)), key),
    );
    expect(came).toEqual([
      { word: 'held', replayed: false },
      { word: 'held', replayed: true },
    ]);
    expect(pair.retries).toEqual([0, 0]);
  });

  it('but not those of holds: when the next of them ends', async () => {
    await given(...oneUnit);
    const lastUnit = { ...reserve('r1', line('A', 'x', 1)), ttlSeconds: 77 };
    const second = pair.race(asks(lastUnit), async ({ storage }) => {
      const tried = () => decideOn(storage.ledger, [reserve('r2', line('A', 'x', 1))]);
      const { rows } = await patiently(tried);
      const [release = 0] = rows.nextReleaseAt.values();
      return { word: String(Math.round((release - rows.now) / 1_000)), replayed: false };
    });
    const remaining = Number((await second)[1].word);
    expect(remaining).toBeGreaterThan(60);
    expect(remaining).toBeLessThanOrEqual(77);
  });

  it('but not those of holds: which of them are due', async () => {
    await given(...oneUnit);
    const { ledger } = pair.other.storage;
    await hold(ledger, 'due', [line('A', 'x', 1)], 60_000);
    const came = await pair.race(asks({ type: 'cancel', reservationId: 'due' }), async () => {
      const { rows } = await patiently(() => decideOn(ledger, [reserve('r2', line('A', 'x', 1))]));
      return { word: JSON.stringify([...rows.nextReleaseAt, ...rows.dueHolds]), replayed: false };
    });
    expect(came[1].word).toBe('[]');
  });
});

interface Removal {
  readonly given: readonly Command[];
  readonly stocking: Command;
  readonly removal: Command;
  /** The removal's refusal where the stocking has come first. */
  readonly refusal: string;
  /** The refusal of the stocking where the removal has come first; none where there are goods on their way already. */
  readonly unstocked: string | null;
}

const emptied = [product('A'), shop('x'), move('receive', 'A', 'x', 1), move('sell', 'A', 'x', 1)];
const elsewhere = [product('A'), shop('x'), shop('y'), move('receive', 'A', 'x', 1)];
const underWay = [...elsewhere, dispatch('t', 'x', 'y', { sku: 'A', quantity: 1 })];
const removeProduct = { type: 'deleteProduct', sku: 'A' } as const;
const removeX = { type: 'deleteLocation', location: 'x' } as const;
const removeY = { type: 'deleteLocation', location: 'y' } as const;
const sent = dispatch('t', 'x', 'y', { sku: 'A', quantity: 1 });
const arrival = { type: 'receiveTransfer', transferId: 't' } as const;
const REMOVALS: readonly (readonly [string, Removal])[] = [
  [
    'a product, and a receipt at a level that is there',
    {
      given: emptied,
      stocking: THREE,
      removal: removeProduct,
      refusal: 'product_has_stock',
      unstocked: 'product_not_found',
    },
  ],
  [
    'a product, and its first receipt',
    {
      given: [product('A'), shop('x')],
      stocking: THREE,
      removal: removeProduct,
      refusal: 'product_has_stock',
      unstocked: 'product_not_found',
    },
  ],
  [
    'a location, and a receipt at a level that is there',
    {
      given: emptied,
      stocking: THREE,
      removal: removeX,
      refusal: 'location_has_stock',
      unstocked: 'location_not_found',
    },
  ],
  [
    'a location, and its first receipt',
    {
      given: [product('A'), shop('x')],
      stocking: THREE,
      removal: removeX,
      refusal: 'location_has_stock',
      unstocked: 'location_not_found',
    },
  ],
  [
    'a location, and goods that are sent there',
    {
      given: elsewhere,
      stocking: sent,
      removal: removeY,
      refusal: 'location_has_stock',
      unstocked: 'location_not_found',
    },
  ],
  [
    'a location, and goods that arrive there',
    {
      given: underWay,
      stocking: arrival,
      removal: removeY,
      refusal: 'location_has_stock',
      unstocked: null,
    },
  ],
  [
    'a product, and units of it that arrive',
    {
      given: underWay,
      stocking: arrival,
      removal: removeProduct,
      refusal: 'product_has_stock',
      unstocked: null,
    },
  ],
];

describe('DELETE of a product or location races a receipt', () => {
  // Seen to fail without the keys of the catalogue being kept while a first level is made, and without the levels being
  // locked before a removal.
  it.each(REMOVALS)('which came first: %s', async (_, race) => {
    await given(...race.given);
    const came = await pair.race(asks(race.stocking), asks(race.removal));
    expect(came.map(({ word }) => word)).toEqual([wordOf(race.stocking), race.refusal]);
    expect(await pair.findings()).toEqual([]);
  });

  it.each(REMOVALS)('which came second: %s', async (_, race) => {
    await given(...race.given);
    if (race.unstocked === null) {
      // The removal is refused without a write, so there is nothing to stop it at.
      expect(await asks(race.removal)(pair.one)).toMatchObject({ word: race.refusal });
      return;
    }
    const came = await pair.race(asks(race.removal), asks(race.stocking));
    expect(came.map(({ word }) => word)).toEqual(['done', race.unstocked]);
    expect(await pair.findings()).toEqual([]);
  });

  // Seen to fail without the count of levels that `loadUnitsInUse` makes.
  it('and where the level is made after a removal has locked those that there were, it is seen', async () => {
    await given(...emptied, shop('y'));
    const stopped = pair.gate.stopAt(/FROM products WHERE sku = ANY \(\$1\) FOR UPDATE/);
    const removed = asks(removeProduct)(pair.one);
    await stopped;
    await asks(move('receive', 'A', 'y', 1))(pair.other);
    pair.gate.open();
    expect((await removed).word).toBe('product_has_stock');
  });
});

function wordOf({ type }: Command): string {
  return type === 'reserve' ? 'held' : 'done';
}

const STOCKED = [
  ...[product('A'), product('B'), shop('x')],
  ...[move('receive', 'A', 'x', 5), move('receive', 'B', 'x', 5)],
];

const unknown = move('receive', 'none', 'x', 3);

interface Twins {
  readonly first: Command;
  readonly second: Command;
  readonly word: string;
  readonly events: number;
}

describe('one key sent to two servers at once', () => {
  const twins: readonly (readonly [string, Twins])[] = [
    ['touch the same rows', { first: THREE, second: THREE, word: 'done', events: 1 }],
    [
      'make different rows',
      {
        first: reserve('r1', line('A', 'x', 1)),
        second: reserve('r2', line('B', 'x', 1)),
        word: 'held',
        events: 1,
      },
    ],
    [
      'have nothing to lock',
      { first: product('C'), second: product('C'), word: 'created', events: 1 },
    ],
    ['are refused', { first: unknown, second: unknown, word: 'product_not_found', events: 0 }],
  ];
  const onceAndAgain = (word: string) => [
    { word, replayed: false },
    { word, replayed: true },
  ];
  const head = async () => (await pair.one.storage.queries.head()).position;

  // Without the unique key of `idempotency_keys`, each would be done twice.
  it.each(twins)('does it once where the commands %s, and the second waits', async (_, twin) => {
    await given(...STOCKED);
    const before = await head();
    const { first, second, word, events } = twin;
    const came = await pair.race(asks(first, key), asks(second, key), STATEMENTS.commit);
    expect(came).toEqual(onceAndAgain(word));
    expect((await head()) - before).toBe(events);
  });

  it.each(twins.slice(1))(
    'does it once where the commands %s, and the first is overtaken',
    async (_, { first, second, word, events }) => {
      await given(...STOCKED);
      const before = await head();
      const came = await pair.overtake(asks(first, key), asks(second, key));
      expect(came.toReversed()).toEqual(onceAndAgain(word));
      expect((await head()) - before).toBe(events);
    },
  );
});

describe('one client-made id sent to two servers at once', () => {
  const ofA = reserve('r', line('A', 'x', 1));
  const ofB = reserve('r', line('B', 'x', 1));

  it('makes one reservation where both have the same content', async () => {
    await given(...STOCKED);
    const came = await pair.race(asks(ofA), asks(ofA), STATEMENTS.commit);
    expect(came.map(({ word }) => word)).toEqual(['held', 'held']);
    expect(await pair.one.storage.queries.level('A', 'x')).toMatchObject({ reserved: 1 });
    expect(await pair.findings()).toEqual([]);
  });

  // The two have no row in common but the reservation that neither can lock, for it is not there.
  it('refuses the second of other content that waits for the first', async () => {
    await given(...STOCKED);
    const came = await pair.race(asks(ofA), asks(ofB), STATEMENTS.commit);
    expect(came.map(({ word }) => word)).toEqual(['held', 'reservation_id_taken']);
    expect(await pair.findings()).toEqual([]);
  });

  it('refuses the first of other content that is overtaken', async () => {
    await given(...STOCKED);
    const came = await pair.overtake(asks(ofA), asks(ofB));
    expect(came.map(({ word }) => word)).toEqual(['reservation_id_taken', 'held']);
    expect(await pair.findings()).toEqual([]);
  });
});

describe('put of one product on two servers at once', () => {
  const changes = async () => {
    const types: readonly EventType[] = ['product_created', 'product_changed'];
    const { events } = await pair.one.storage.queries.events({ after: 0, limit: 9, types });
    return events.map(({ details }) => [nameIn(details?.before), nameIn(details?.after)]);
  };

  it('leaves notices of which each begins where the last one ended', async () => {
    await given(product('A', 'one'));
    await pair.race(asks(product('A', 'two')), asks(product('A', 'three')));
    expect(await changes()).toEqual([
      [undefined, 'one'],
      ['one', 'two'],
      ['two', 'three'],
    ]);
    expect(pair.retries).toEqual([0, 0]);
    expect(await pair.findings()).toEqual([]);
  });

  it('creates it once, and changes it from what it was created as', async () => {
    const came = await pair.overtake(asks(product('A', 'late')), asks(product('A', 'first')));
    expect(came.map(({ word }) => word)).toEqual(['done', 'created']);
    expect(await changes()).toEqual([
      [undefined, 'first'],
      ['first', 'late'],
    ]);
    expect(await pair.findings()).toEqual([]);
  });

  it('keeps nobody else waiting where one of them has come to a standstill', async () => {
    await given(...STOCKED);
    const stopped = pair.gate.stopAt(STATEMENTS.write);
    const first = asks(product('A', 'two'))(pair.one);
    await stopped;
    let isWaiting = true;
    const second = asks(product('A', 'three'))(pair.other).finally(() => {
      isWaiting = false;
    });
    await untilLockIsAwaited(pair.watch);
    await Promise.all([asks(product('B', 'two'))(pair.other), asks(THREE)(pair.other)]);
    expect(isWaiting).toBe(true);
    pair.gate.open();
    expect((await Promise.all([first, second])).map(({ word }) => word)).toEqual(['done', 'done']);
  });
});

function nameIn(content: unknown): unknown {
  return typeof content === 'object' && content !== null && 'name' in content
    ? content.name
    : undefined;
}

const MANY = 100;

describe('crossing multi-line orders', () => {
  const skus = Array.from({ length: MANY }, (_, n) => `sku-${n}`);

  it('do not deadlock', async () => {
    await given(shop('x'), ...skus.map((sku) => product(sku)));
    await given(...skus.map((sku) => move('receive', sku, 'x', 1_000)));
    const lines = skus.map((sku) => line(sku, 'x', 1));
    const middle = `SELECT id FROM level_ids WHERE sku = 'sku-${MANY / 2}'`;
    const came = await pair.meetAt(
      `SELECT FROM levels WHERE id = (${middle}) FOR UPDATE`,
      asks(reserve('forward', ...lines)),
      asks(reserve('backward', ...lines.toReversed())),
    );
    expect(came.map(({ word }) => word)).toEqual(['held', 'held']);
    expect(pair.retries).toEqual([0, 0]);
    await expectNoDeadlocks();
  });
});

function claim(of: string): string {
  return `INSERT INTO idempotency_keys (actor, key, fingerprint, outcome, first_position, time)
    VALUES ('ann', '${of}', '', '', 1, 1)`;
}

describe('keys claimed unsorted deadlock', () => {
  const keys = Array.from({ length: MANY }, (_, n) => `key-${n}`);

  it('where nothing is locked before them', async () => {
    const database = await createTestDatabase();
    await connected(database.url, async (one) => {
      await connected(database.url, async (other) => {
        for (const client of [one, other]) {
          await client.query("BEGIN; SET LOCAL deadlock_timeout = '20ms'");
        }
        await one.query(claim('a'));
        await other.query(claim('b'));
        const claims = await Promise.allSettled([one.query(claim('b')), other.query(claim('a'))]);
        const codes = claims.flatMap((claimed) =>
          claimed.status === 'rejected' ? [claimed.reason.code] : [],
        );
        expect(codes).toEqual(['40P01']);
      });
    });
    await database.drop();
  });

  it('but not here', async () => {
    await given(...STOCKED);
    const items = keys.map((each) => ({
      command: move('receive', 'none', 'x', 1),
      key: { key: each, fingerprint: 'the same' },
    }));
    const came = await pair.meetAt(
      claim(`key-${MANY / 2}`),
      (server) => ask(server, items),
      (server) => ask(server, items.toReversed()),
    );
    expect(came.map(({ word }) => word)).toEqual(['product_not_found', 'product_not_found']);
    expect(came.filter(({ replayed }) => replayed)).toHaveLength(1);
    await expectNoDeadlocks();
  });
});

/** A session's deadlocks are sure to be counted when it has ended. */
async function expectNoDeadlocks(): Promise<void> {
  expect(await pair.findings()).toEqual([]);
  await pair.closeServers();
  expect(await deadlocksOf(pair.database.url)).toBe(0);
}

const TRYING_MS_MAX = 10_000;
const PAUSE_MS = 5;

/** Tries again when somebody else was faster, or has what is needed. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + TRYING_MS_MAX;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StoreError) || performance.now() > deadline) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
