import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../src/ledger/errors.ts';
import { rebuildBooks } from '../../src/ledger/rebuild.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { fillBusyBook } from '../support/contractBook.ts';
import { ManualClock } from '../support/contractClock.ts';
import { feed } from '../support/contractFeed.ts';
import { createPostgresDatabase, type PostgresTestDatabase } from '../support/contractPostgres.ts';
import { line, move, product, reserve, shop } from '../support/contractRows.ts';

let database: PostgresTestDatabase;
let storage: Storage;

beforeEach(async () => {
  database = await createPostgresDatabase({ node: 'leeds', clock: new ManualClock() });
  storage = await database.open();
});

afterEach(async () => {
  await storage.close();
  await database.remove();
});

describe('a rebuild in PostgreSQL', () => {
  it('keeps commits out, which end in good time, and reads see what was there before', async () => {
    const { ledger, books, queries } = storage;
    await fillBusyBook(ledger);
    const before = await queries.levels({ limit: 100 });
    await books.rebuild(async () => {
      await expect(feed(ledger, [move('receive', 'A', 'x', 1)])).rejects.toBeInstanceOf(StoreError);
      await expect(feed(ledger, [product('E')])).rejects.toBeInstanceOf(StoreError);
      expect(await queries.levels({ limit: 100 })).toEqual(before);
    });
    expect(await queries.levels({ limit: 100 })).toEqual([]);
    await rebuildBooks(books);
    await feed(ledger, [move('receive', 'A', 'x', 1)]);
    expect(await verifyBooks(books)).toMatchObject({ findings: [] });
  });

  it('comes between commits of a busy server without harm', async () => {
    const { ledger, books } = storage;
    await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 1_000)]);
    const rebuilds = repeat(5, () => rebuildBooks(books));
    let commits = 0;
    const buying = repeat(200, async (n) => {
      const bought = feed(ledger, [reserve(`r${n}`, line('A', 'x', 1))]);
      await bought.then(() => commits++, expectFault);
    });
    await Promise.all([rebuilds, buying]);
    const report = await verifyBooks(books);
    expect(report).toMatchObject({ findings: [], reservations: commits });
    expect(commits).toBeGreaterThan(0);
  });
});

async function repeat(times: number, action: (n: number) => Promise<unknown>): Promise<void> {
  for (let n = 0; n < times; n++) await action(n);
}

function expectFault(error: unknown): void {
  expect(error).toBeInstanceOf(StoreError);
}
