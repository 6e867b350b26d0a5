import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BooksStore } from '../../src/ledger/books.ts';
import { rebuildBooks, UnsoundLogError } from '../../src/ledger/rebuild.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { PostgresBooksStore } from '../../src/storage/postgres/books.ts';
import { readAddress } from '../../src/storage/postgres/connection.ts';
import { fillBusyBook } from '../support/contractBook.ts';
import { ManualClock } from '../support/contractClock.ts';
import { createPostgresDatabase, type PostgresTestDatabase } from '../support/contractPostgres.ts';
import { codesOf, LOG_DAMAGE, ROW_DAMAGE, THIRD } from '../support/damage.ts';
import { connected } from '../support/postgres/testDatabase.ts';

const DROP_CHECKS = `
  DO $$
  DECLARE found record;
  BEGIN
    FOR found IN SELECT conname, conrelid::regclass AS name FROM pg_constraint
      WHERE contype = 'c' AND connamespace = current_schema()::regnamespace
    LOOP
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.name, found.conname);
    END LOOP;
  END $$`;

let template: PostgresTestDatabase;
/** Address of the database of the test that runs, a copy of the template. */
let url: string;
let books: BooksStore;

beforeAll(async () => {
  template = await createPostgresDatabase({ node: 'leeds', clock: new ManualClock() });
  const storage = await template.open();
  await fillBusyBook(storage.ledger);
  await storage.close();
  await connected(template.url, (client) => client.query(DROP_CHECKS));
});

beforeEach(async () => {
  url = await copyOf(template.url);
  books = new PostgresBooksStore(readAddress(url));
});

afterEach(() => drop(url));

afterAll(() => template.remove());

describe('verify on PostgreSQL', () => {
  it('finds nothing in a sound book', async () => {
    expect(await verifyBooks(books)).toMatchObject({ findings: [], findingCount: 0 });
  });

  it.each(LOG_DAMAGE)('finds %s in the log', async (_title, sql, codes) => {
    await damage(sql);
    expect(codesOf(await verifyBooks(books))).toEqual(expect.arrayContaining([...codes]));
  });

  it.each(ROW_DAMAGE)('finds %s, and rebuild mends it', async (_title, sql, codes) => {
    await damage(sql);
    expect(codesOf(await verifyBooks(books))).toEqual(expect.arrayContaining([...codes]));
    await rebuildBooks(books);
    expect(await verifyBooks(books)).toMatchObject({ findings: [] });
  });

  it('finds a number that no program of ours can write', async () => {
    await damage('UPDATE levels SET available = 9223372036854775807 WHERE updated_at > 0');
    expect(codesOf(await verifyBooks(books))).toContain('level_differs');
  });
});

describe('what cannot be read', () => {
  it('is the only finding where nothing else is wrong', async () => {
    await damage("UPDATE transfers SET lines = '{' WHERE id = 'whole'");
    await damage("UPDATE products SET attributes = '[' WHERE sku = 'A'");
    const report = await verifyBooks(books);
    expect(codesOf(report)).toEqual(['row_unreadable']);
    expect(report.findingCount).toBe(2);
  });

  it('keeps rebuild from going on when it is in the log', async () => {
    await damage("UPDATE events SET details = '{' WHERE position = 20");
    await expect(rebuildBooks(books)).rejects.toBeInstanceOf(UnsoundLogError);
  });
});

describe('rebuild on PostgreSQL', () => {
  it('mends a head of the log that is behind it', async () => {
    await damage('UPDATE log_head SET position = 1, time = 1');
    await rebuildBooks(books);
    expect(await verifyBooks(books)).toMatchObject({ findings: [] });
  });

  it('leaves everything as it stands when the log contradicts itself', async () => {
    await damage(`UPDATE events SET quantity = 2000 WHERE ${THIRD}`);
    const before = await levels();
    await expect(rebuildBooks(books)).rejects.toBeInstanceOf(UnsoundLogError);
    expect(await levels()).toEqual(before);
  });
});

async function copyOf(source: string): Promise<string> {
  const copy = new URL(source);
  copy.pathname = `${copy.pathname}_copy`;
  await onServer(`CREATE DATABASE ${nameOf(copy.href)} TEMPLATE ${nameOf(source)}`);
  return copy.href;
}

function drop(database: string): Promise<void> {
  return onServer(`DROP DATABASE ${nameOf(database)}`);
}

/** Whoever is connected to the template keeps it from being copied. */
async function onServer(sql: string): Promise<void> {
  const server = new URL(template.url);
  server.pathname = '/postgres';
  await connected(server.href, (client) => client.query(sql));
}

function nameOf(database: string): string {
  return new URL(database).pathname.slice(1);
}

/** Changes the database behind the engine's back; something must change. */
async function damage(sql: string): Promise<void> {
  const { rowCount } = await connected(url, (client) => client.query(sql));
  if (rowCount === 0) throw new Error(`changed nothing: ${sql}`);
}

async function levels(): Promise<unknown> {
  const { rows } = await connected(url, (client) =>
    client.query('SELECT * FROM levels ORDER BY id'),
  );
  return rows;
}
