import { existsSync, readFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { Checkpointer } from '../../src/storage/sqlite/checkpoint.ts';
import { SqliteLedgerStore } from '../../src/storage/sqlite/commit.ts';
import { openWriter } from '../../src/storage/sqlite/connection.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ManualClock } from '../support/contractClock.ts';
import { feed } from '../support/contractFeed.ts';
import { line, move, product, reserve, shop } from '../support/contractRows.ts';
import { createSqliteDatabase, type SqliteDatabase } from '../support/contractSqlite.ts';

const PAGE_BYTES = 8_192;
const clock = new ManualClock();
let database: SqliteDatabase;
let storage: Storage;

beforeEach(async () => {
  database = await createSqliteDatabase({ node: 'leeds', clock });
  storage = await database.open();
  await feed(storage.ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 1_000_000)]);
});

afterEach(async () => {
  await storage.close();
  await database.remove();
});

function logFile(): string {
  return `${database.path}-wal`;
}

function occurrences(text: string): number {
  const files = [database.path, logFile()].filter(existsSync);
  const bytes = Buffer.concat(files.map((file) => readFileSync(file)));
  let count = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) count += 1;
  return count;
}

/** What a customer said, in every size from a row within a page to one that flows over into others. */
function noted(id: string, size: number) {
  const metadata = { address: 'Elm Street 12 '.repeat(size) };
  return { ...reserve(id, line('A', 'x', 1)), reference: `Ada ${id}`, metadata };
}

describe('what was erased', () => {
  const SIZES = [1, 20, 100, 280];

  it('is in no page of the database or of its log any more', async () => {
    const { ledger } = storage;
    const orders = SIZES.flatMap((size) =>
      Array.from({ length: 8 }, (_, i) => noted(`r-${size}-${i}`, size)),
    );
    for (const order of orders) await feed(ledger, [order]);
    for (const { reservationId } of orders)
      await feed(ledger, [{ type: 'confirm', reservationId }]);
    expect(occurrences('Elm Street 12')).toBeGreaterThan(orders.length);
    for (const { reservationId } of orders) await feed(ledger, [{ type: 'redact', reservationId }]);
    expect(occurrences('Elm Street 12')).toBe(0);
    expect(occurrences('Ada r-')).toBe(0);
    expect((await verifyBooks(storage.books)).findings).toEqual([]);
  });

  it('leaves the log as soon as the last reader has gone that still needs it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await feed(storage.ledger, [noted('r1', 20)]);
      await storage.books.inspect(async (books) => {
        await books.counts();
        await feed(storage.ledger, [{ type: 'redact', reservationId: 'r1' }]);
        expect(occurrences('Elm Street 12')).toBeGreaterThan(0);
      });
      vi.advanceTimersToNextTimer();
      expect(occurrences('Elm Street 12')).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the write-ahead log', () => {
  const PAGES = { soon: 20, now: 40, elsewhere: 200 };
  /** How long a thread may take to start, on a machine that has other work too. */
  const THREAD_MS_MAX = 30_000;
  /** Pages of one commit of `work`. */
  const COMMIT_PAGES = 20;

  async function withStore(work: (store: SqliteLedgerStore) => Promise<void>): Promise<void> {
    const db = openWriter(database.path);
    const onWarning = (message: string) => expect.fail(message);
    const checkpointer = new Checkpointer(db, database.path, onWarning, PAGES);
    const store = new SqliteLedgerStore(db, clock, checkpointer);
    await work(store);
    await store.close();
  }

  let orders = 0;
  async function work(store: SqliteLedgerStore): Promise<void> {
    orders += 1;
    await feed(store, [noted(`w-${orders}`, 100), reserve(`p-${orders}`, line('A', 'x', 1))]);
  }

  function logPages(): number {
    return statSync(logFile()).size / PAGE_BYTES;
  }

  it('stays short, also when nothing but commits is running', async () => {
    await withStore(async (store) => {
      for (let i = 0; i < 300; i++) await work(store);
      expect(logPages()).toBeLessThan(PAGES.now + COMMIT_PAGES + 10);
    });
  });

  it('grows while a reader needs it, and is copied by a thread of its own afterwards', async () => {
    await withStore(async (store) => {
      await storage.books.inspect(async (books) => {
        await books.counts();
        while (logPages() < 2 * PAGES.elsewhere) await work(store);
      });
      const waiting = () => {
        const db = new DatabaseSync(database.path);
        const state = db.prepare('PRAGMA wal_checkpoint(NOOP)').get();
        db.close();
        return Number(state?.['log']) - Number(state?.['checkpointed']);
      };
      expect(waiting()).toBeGreaterThan(PAGES.elsewhere);
      await vi.waitUntil(
        async () => {
          await work(store);
          return waiting() < PAGES.now + COMMIT_PAGES;
        },
        { timeout: THREAD_MS_MAX },
      );
    });
    expect((await verifyBooks(storage.books)).findings).toEqual([]);
  });
});
