import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReserveCommand } from '../../src/domain/commands.ts';
import type { Movement } from '../../src/domain/events.ts';
import { levelKey } from '../../src/domain/stock.ts';
import {
  StoreConflictError,
  StoreRejectedError,
  StoreUnavailableError,
} from '../../src/ledger/errors.ts';
import type { LedgerStore, Rows, Writes } from '../../src/ledger/store.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { Checkpointer } from '../../src/storage/sqlite/checkpoint.ts';
import { SqliteLedgerStore } from '../../src/storage/sqlite/commit.ts';
import { openWriter } from '../../src/storage/sqlite/connection.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ManualClock } from '../support/contractClock.ts';
import { apply, feed } from '../support/contractFeed.ts';
import { line, move, needs, product, reserve, shop, writes } from '../support/contractRows.ts';
import { createSqliteDatabase, type SqliteDatabase } from '../support/contractSqlite.ts';

/** Much longer than a writer waits for another, and much shorter than the test may take. */
const CONFLICT_WITHIN_MS = 10_000;

const clock = new ManualClock();
let database: SqliteDatabase;
let storage: Storage;

beforeEach(async () => {
  database = await createSqliteDatabase({ node: 'leeds', clock });
  storage = await database.open();
  await feed(storage.ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 10)]);
});

afterEach(async () => {
  await storage.close();
  await database.remove();
});

/** What of the books a fault must leave alone. */
async function standing(): Promise<unknown> {
  const { queries } = storage;
  return [
    await queries.head(),
    await queries.level('A', 'x'),
    await queries.reservations({ limit: 9 }),
  ];
}

describe('a database that another process is writing to', () => {
  it('is a conflict, soon, with nothing done', async () => {
    const before = await standing();
    const other = new DatabaseSync(database.path);
    other.exec('BEGIN IMMEDIATE');
    const begun = Date.now();
    const writing = feed(storage.ledger, [reserve('r1', line('A', 'x', 1))]);
    await expect(writing).rejects.toBeInstanceOf(StoreConflictError);
    await expect(storage.ledger.advanceTime(clock.ms + 1)).rejects.toThrow(StoreConflictError);
    expect(Date.now() - begun).toBeLessThan(CONFLICT_WITHIN_MS);
    expect(await standing()).toEqual(before);
    other.exec('ROLLBACK');
    other.close();
    await feed(storage.ledger, [reserve('r1', line('A', 'x', 1))]);
  });

  it('is read all the same', async () => {
    const other = new DatabaseSync(database.path);
    other.exec('BEGIN IMMEDIATE; UPDATE levels SET available = 0');
    expect(await storage.queries.level('A', 'x')).toMatchObject({ available: 10 });
    expect((await verifyBooks(storage.books)).findings).toEqual([]);
    other.close();
  });
});

describe('a full disk', () => {
  it('makes the store unavailable with nothing done, until there is room again', async () => {
    const db = openWriter(database.path);
    const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
    const store = new SqliteLedgerStore(db, clock, new Checkpointer(db, database.path, () => {}));
    db.exec(`PRAGMA max_page_count = ${pages}`);
    const error = await fillUp(store);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(String(error)).toMatch(/database or disk is full/);
    const before = await standing();
    await expect(feed(store, orders('again'))).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(await standing()).toEqual(before);
    db.exec(`PRAGMA max_page_count = ${pages * 100}`);
    await feed(store, orders('again'));
    expect((await verifyBooks(storage.books)).findings).toEqual([]);
    await store.close();
  });
});

describe('data that the schema refuses', () => {
  it('is rejected with nothing done, though no rule has looked at it', async () => {
    const before = await standing();
    const writing = storage.ledger.commit(needs({ levels: [line('A', 'x')] }), promiseTooMuch);
    await expect(writing).rejects.toBeInstanceOf(StoreRejectedError);
    await expect(writing).rejects.toThrow(/CHECK constraint failed/);
    expect(await standing()).toEqual(before);
  });

  it('is a position that is taken', async () => {
    const raw = new DatabaseSync(database.path);
    raw.exec('UPDATE log_times SET position = 1');
    raw.close();
    const writing = apply(storage.ledger, needs(), () => [
      { type: 'redact', sku: null, location: null, reservationId: null, details: null },
    ]);
    await expect(writing).rejects.toBeInstanceOf(StoreRejectedError);
  });
});

describe('a database that was closed', () => {
  it('is unavailable, for writers and readers', async () => {
    await storage.close();
    const { ledger, queries } = storage;
    await expect(feed(ledger, [product('B')])).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(ledger.now()).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(queries.level('A', 'x')).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('may be closed again', async () => {
    await storage.close();
    await expect(storage.close()).resolves.toBeUndefined();
  });
});

/** Reserves one unit more than there is. */
function promiseTooMuch({ levels }: Rows): Writes {
  const key = levelKey('A', 'x');
  const before = levels.get(key);
  if (!before) throw new Error('the level is there');
  const balances = { available: -1, reserved: 11, committed: 0, unavailable: 0 };
  const version = before.version + 1;
  const event: Movement = {
    type: 'reserve',
    sku: 'A',
    location: 'x',
    quantity: 11,
    from: 'available',
    to: 'reserved',
    reservationId: null,
    details: null,
    actor: 'ann',
    requestId: 'request-1',
    version,
    balances,
  };
  const after = { ...before, ...balances, version };
  return writes({ events: [event], levels: new Map([[key, { before, after }]]) });
}

function orders(name: string): ReserveCommand[] {
  const metadata = { note: 'x'.repeat(2_000) };
  return Array.from({ length: 10 }, (_, i) => {
    return { ...reserve(`${name}-${i}`, line('A', 'x', 1)), metadata };
  });
}

/** Takes and gives back stock until the store fails. @returns how */
async function fillUp(store: LedgerStore): Promise<unknown> {
  for (let round = 0; round < 1_000; round++) {
    const taken = orders(`fill-${round}`);
    try {
      await feed(store, taken);
      await feed(
        store,
        taken.map(({ reservationId }) => ({ type: 'cancel', reservationId })),
      );
    } catch (error) {
      return error;
    }
  }
  return undefined;
}
