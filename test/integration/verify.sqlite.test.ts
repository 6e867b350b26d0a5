import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rebuildBooks, UnsoundLogError } from '../../src/ledger/rebuild.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { openSqliteStorage } from '../../src/storage/sqlite/open.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { fillBusyBook } from '../support/contractBook.ts';
import { ManualClock } from '../support/contractClock.ts';
import { fillLinkedBook } from '../support/contractLinks.ts';
import {
  codesOf,
  LOG_DAMAGE,
  MIRROR_DAMAGE,
  NOT_A_NUMBER,
  ROW_DAMAGE,
  SHARE_DAMAGE,
  THIRD,
} from '../support/damage.ts';

let folder: string;
let file: string;
let storage: Storage;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-verify-'));
  const template = await openFile('template.db');
  await fillBusyBook(template.ledger);
  await template.close();
  const linked = await openFile('linked.db');
  await fillLinkedBook(linked);
  await linked.close();
});

beforeEach(() => useCopyOf('template.db'));

async function useCopyOf(name: string): Promise<void> {
  file = path.join(folder, 'damaged.db');
  await copyFile(path.join(folder, name), file);
  storage = await openFile('damaged.db');
}

afterEach(async () => {
  await storage.close();
  await rm(file);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('verify on SQLite', () => {
  it('finds nothing in a sound book', async () => {
    expect(await verifyBooks(storage.books)).toMatchObject({ findings: [], findingCount: 0 });
  });

  it.each([...LOG_DAMAGE, ...NOT_A_NUMBER.log])(
    'finds %s in the log',
    async (_title, sql, codes) => {
      damage(sql);
      expect(codesOf(await verifyBooks(storage.books))).toEqual(expect.arrayContaining([...codes]));
    },
  );

  it.each([...ROW_DAMAGE, ...NOT_A_NUMBER.rows])('finds %s', async (_title, sql, codes) => {
    damage(sql);
    expect(codesOf(await verifyBooks(storage.books))).toEqual(expect.arrayContaining([...codes]));
  });
});

describe('what cannot be read', () => {
  it('is the only finding where nothing else is wrong', async () => {
    damage("UPDATE transfers SET lines = '{' WHERE id = 'whole'");
    damage("UPDATE products SET attributes = '[' WHERE sku = 'A'");
    const report = await verifyBooks(storage.books);
    expect(codesOf(report)).toEqual(['row_unreadable']);
    expect(report.findingCount).toBe(2);
  });

  it('keeps rebuild from going on when it is in the log', async () => {
    damage("UPDATE events SET details = '{' WHERE position = 20");
    await expect(rebuildBooks(storage.books)).rejects.toBeInstanceOf(UnsoundLogError);
  });
});

describe('a book with links on SQLite', () => {
  beforeEach(async () => {
    await storage.close();
    await useCopyOf('linked.db');
  });

  it.each(SHARE_DAMAGE)('shows %s, and rebuild mends it', async (_title, sql, codes) => {
    damage(sql);
    expect(codesOf(await verifyBooks(storage.books))).toEqual(expect.arrayContaining([...codes]));
    await rebuildBooks(storage.books);
    expect(await verifyBooks(storage.books)).toMatchObject({ findings: [] });
  });

  it.each(MIRROR_DAMAGE)('shows %s', async (_title, sql, codes) => {
    damage(sql);
    expect(codesOf(await verifyBooks(storage.books))).toEqual(expect.arrayContaining([...codes]));
  });

  it('is not rebuilt from entries that cannot be read', async () => {
    damage("UPDATE mirror SET entry = '{' WHERE state = 'applied'");
    const before = await storage.queries.shares({ limit: 99 });
    await expect(rebuildBooks(storage.books)).rejects.toBeInstanceOf(UnsoundLogError);
    expect(await storage.queries.shares({ limit: 99 })).toEqual(before);
  });
});

describe('rebuild on SQLite', () => {
  it.each([...ROW_DAMAGE, ...NOT_A_NUMBER.rows])('mends %s', async (_title, sql) => {
    damage(sql);
    await rebuildBooks(storage.books);
    expect(await verifyBooks(storage.books)).toMatchObject({ findings: [] });
  });

  it('leaves everything as it stands when the log contradicts itself', async () => {
    damage(`UPDATE events SET quantity = 2000 WHERE ${THIRD}`);
    const before = await storage.queries.levels({ limit: 100 });
    await expect(rebuildBooks(storage.books)).rejects.toBeInstanceOf(UnsoundLogError);
    expect(await storage.queries.levels({ limit: 100 })).toEqual(before);
    expect(await storage.queries.reservation('held')).toMatchObject({ reference: 'order' });
  });
});

function openFile(name: string): Promise<Storage> {
  return openSqliteStorage({
    path: path.join(folder, name),
    clock: new ManualClock(),
    node: 'leeds',
  });
}

/** Changes the database behind the engine's back, past its own checks; exactly something must change. */
function damage(sql: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA ignore_check_constraints = ON');
    const { changes } = database.prepare(sql).run();
    if (changes === 0) throw new Error(`changed nothing: ${sql}`);
  } finally {
    database.close();
  }
}
