import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createQueries, type Queries } from '../../src/queries/queries.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ManualClock } from '../support/contractClock.ts';
import { feed } from '../support/contractFeed.ts';
import { dispatch, line, move, product, reserve, shop } from '../support/contractRows.ts';
import { createSqliteDatabase, type SqliteDatabase } from '../support/contractSqlite.ts';

const PAGE = { limit: 10 };

let databases: readonly SqliteDatabase[];
let ledger: Storage;
/** Stands for a replica that has nothing yet. */
let behind: Storage;
let queries: Queries;

beforeAll(async () => {
  const clock = new ManualClock();
  databases = [
    await createSqliteDatabase({ node: 'leeds', clock }),
    await createSqliteDatabase({ node: 'leeds', clock }),
  ];
  const [one, other] = await Promise.all(databases.map((database) => database.open()));
  if (!one || !other) throw new Error('both were made');
  ledger = one;
  behind = other;
  await feed(ledger.ledger, [product('A'), shop('x'), shop('y'), move('receive', 'A', 'x', 9)]);
  await feed(ledger.ledger, [
    reserve('r1', line('A', 'x', 1)),
    dispatch('t1', 'x', 'y', { sku: 'A', quantity: 2 }),
  ]);
  queries = createQueries({
    store: ledger.queries,
    lists: behind.queries,
    ledger: {
      now: () => ledger.ledger.now(),
      settleTime: (time) => ledger.ledger.advanceTime(time),
    },
  });
});

afterAll(async () => {
  await Promise.all([ledger.close(), behind.close()]);
  await Promise.all(databases.map((database) => database.remove()));
});

describe('what is asked for by its own name is read from the ledger itself', () => {
  it.each<[string, () => Promise<{ readonly ok: boolean }>]>([
    ['a stock level', () => queries.stock('A', 'x')],
    ['a stock level of the past', () => queries.stock('A', 'x', { position: 4 })],
    ['a statement', () => queries.statement('A', 'x', {}, PAGE)],
    ['an explanation', () => queries.explain('A', 'x', PAGE)],
    ['a reservation', () => queries.reservation('r1')],
    ['a transfer', () => queries.transfer('t1')],
    ['a product', () => queries.product('A')],
    ['a location', () => queries.location('x')],
  ])('%s', async (_title, ask) => {
    expect((await ask()).ok).toBe(true);
  });
});

describe('lists are read where they may be a little old', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['stock', () => queries.stocks({}, PAGE)],
    ['demand', () => queries.demand({}, PAGE)],
    ['reservations', () => queries.reservations({}, PAGE)],
    ['transfers', () => queries.transfers({}, PAGE)],
    ['products', () => queries.products({}, PAGE)],
    ['locations', () => queries.locations({}, PAGE)],
  ])('%s', async (_title, ask) => {
    expect(await ask()).toEqual({ ok: true, value: { data: [], nextCursor: null } });
  });

  it('availability', async () => {
    expect(await queries.availability(['A'])).toMatchObject([{ sku: 'A', locationCount: 0 }]);
  });
});
