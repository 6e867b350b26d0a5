import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { resetSqlite } from '../../src/storage/sqlite/reset.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { fillBusyBook } from '../support/contractBook.ts';
import { ManualClock } from '../support/contractClock.ts';
import { feed } from '../support/contractFeed.ts';
import { fillLinkedBook, shopLink } from '../support/contractLinks.ts';
import { move, shop } from '../support/contractRows.ts';
import { createSqliteDatabase, type SqliteDatabase } from '../support/contractSqlite.ts';

let database: SqliteDatabase;
let storage: Storage;

beforeEach(async () => {
  database = await createSqliteDatabase({ node: 'leeds', clock: new ManualClock() });
  storage = await database.open();
});

afterEach(async () => {
  await storage.close();
  await database.remove();
});

const outside = () => `${database.path}.incarnation`;
const NOWHERE = `${'0'.repeat(16)}\n`;
const backup = () => `${database.path}.backup`;

/** Does something to the files while nobody has them open. */
async function meanwhile(work: () => void | Promise<void>): Promise<boolean> {
  await storage.close();
  await work();
  storage = await database.open();
  return storage.incarnation.isProven();
}

function backUpRunning(file: string): void {
  const db = new DatabaseSync(database.path);
  db.prepare('VACUUM INTO ?').run(file);
  db.close();
}

describe('an incarnation on SQLite', () => {
  it('stands in a file beside the database, with nothing left over', async () => {
    await storage.incarnation.prove();
    await storage.close();
    const names = (await readdir(path.dirname(database.path))).toSorted();
    expect(names).toEqual(['holdfast.db', 'holdfast.db.incarnation']);
  });

  it('shows that a backup of any age was put back', async () => {
    await meanwhile(() => copyFile(database.path, `${backup()}0`));
    for (const number of [1, 2]) {
      await storage.incarnation.prove();
      await meanwhile(() => copyFile(database.path, `${backup()}${number}`));
    }
    expect(await meanwhile(() => copyFile(`${backup()}0`, database.path))).toBe(false);
    expect(await meanwhile(() => copyFile(`${backup()}1`, database.path))).toBe(false);
    expect(await meanwhile(() => copyFile(`${backup()}2`, database.path))).toBe(true);
  });

  it('shows a backup that another one went on from', async () => {
    await storage.incarnation.prove();
    await meanwhile(() => copyFile(database.path, backup()));
    await storage.incarnation.prove();
    await meanwhile(() => copyFile(database.path, `${backup()} later`));
    expect(await meanwhile(() => copyFile(backup(), database.path))).toBe(false);
    await storage.incarnation.prove();
    expect(await storage.incarnation.isProven()).toBe(true);
    expect(await meanwhile(() => copyFile(`${backup()} later`, database.path))).toBe(false);
  });

  it('shows that a backup of the running database was put back, if that lacks anything', async () => {
    await feed(storage.ledger, [shop('before')]);
    await storage.incarnation.prove();
    backUpRunning(`${backup()}1`);
    expect(await meanwhile(() => copyFile(`${backup()}1`, database.path))).toBe(true);
    await storage.incarnation.prove();
    backUpRunning(`${backup()}2`);
    await feed(storage.ledger, [shop('after')]);
    expect(await meanwhile(() => copyFile(`${backup()}2`, database.path))).toBe(false);
    await storage.incarnation.prove();
    await feed(storage.ledger, [shop('after all')]);
    expect(await meanwhile(() => undefined)).toBe(true);
  });

  it('knows at once what a killed process had committed', async () => {
    await storage.incarnation.prove();
    await feed(storage.ledger, [shop('x')]);
    expect(await readFile(outside(), 'utf8')).toMatch(/\n0{15}1\n$/);
  });

  it('shows a copy that was brought here alone', async () => {
    await storage.incarnation.prove();
    expect(await meanwhile(() => rm(outside()))).toBe(false);
    await storage.incarnation.prove();
    expect(await storage.incarnation.isProven()).toBe(true);
  });

  it('is not proven by a file that makes no sense', async () => {
    expect(await meanwhile(() => writeFile(outside(), ''))).toBe(false);
    await storage.incarnation.prove();
    expect(await meanwhile(() => writeFile(outside(), 'NaN NaN\n0000000000000000\n'))).toBe(false);
  });

  it('outlives a crash between its writes', async () => {
    await storage.incarnation.prove();
    const number = (await readFile(outside(), 'utf8')).split(' ')[0];
    // The next number was written outside, and did not get inside.
    expect(await meanwhile(() => writeFile(outside(), `${number} 5\n${NOWHERE}`))).toBe(true);
    // It did, and the one before still counts outside.
    expect(await meanwhile(() => writeFile(outside(), `5 ${number}\n${NOWHERE}`))).toBe(true);
  });

  it('cannot be told where its file cannot be read', async () => {
    await storage.incarnation.prove();
    await rm(outside());
    await mkdir(outside());
    const unavailable = { name: 'StoreUnavailableError' };
    await expect(storage.incarnation.isProven()).rejects.toMatchObject(unavailable);
    await expect(storage.incarnation.prove()).rejects.toMatchObject(unavailable);
  });

  it('begins anew with a database that is emptied', async () => {
    await storage.incarnation.prove();
    expect(await meanwhile(() => resetSqlite(database.path))).toBe(true);
    expect(await readdir(path.dirname(database.path))).not.toContain('holdfast.db.incarnation');
  });
});

const MIGRATIONS = new URL('../../src/storage/sqlite/migrations/', import.meta.url);

/** Makes the database what the version before nodes would have left. */
async function makeOlder(): Promise<void> {
  const db = new DatabaseSync(database.path);
  const made = ['INDEX events_by_noticed_level', 'TABLE links', 'TABLE shares', 'TABLE mirror'];
  for (const what of made) db.exec(`DROP ${what}`);
  const migration = await readFile(new URL('000003_nodes.sql', MIGRATIONS), 'utf8');
  const added = migration.matchAll(/ALTER TABLE (\w+) ADD COLUMN (\w+)/g);
  for (const [, table, column] of added) db.exec(`ALTER TABLE ${table} DROP COLUMN ${column}`);
  await keepTransfersAsBefore(db);
  db.exec('PRAGMA user_version = 2');
  db.close();
}

/** By lines of [sku, quantity, received, lost, returned]. */
async function keepTransfersAsBefore(db: DatabaseSync): Promise<void> {
  const first = await readFile(new URL('000001_ledger.sql', MIGRATIONS), 'utf8');
  const rows = db.prepare('SELECT * FROM transfers').all();
  db.exec('DROP TABLE transfers');
  for (const [made] of first.matchAll(/CREATE (TABLE|INDEX) transfers[^;]*;/g)) db.exec(made);
  const put = db.prepare('INSERT INTO transfers VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  for (const { lines, ...columns } of rows) {
    const kept = JSON.parse(String(lines)) as readonly [string, readonly number[][]][];
    const older = kept.map(([sku, places]) => {
      const of = (index: number) => places.reduce((sum, place) => sum + (place[index] ?? 0), 0);
      return [sku, of(1), of(2), of(3), of(4)];
    });
    put.run(...Object.values(columns), JSON.stringify(older));
  }
}

describe('a database of the version before nodes', () => {
  it('opens with all that it has, is proven, and takes links', async () => {
    await fillBusyBook(storage.ledger);
    const everything = async () => {
      const { queries } = storage;
      const page = { limit: 1_000 };
      return {
        events: await queries.events({ after: 0, ...page }),
        levels: await queries.levels(page),
        reservations: await queries.reservations(page),
        transfers: await queries.transfers(page),
        products: await queries.products(page),
        locations: await queries.locations(page),
      };
    };
    const before = await everything();
    expect(await meanwhile(makeOlder)).toBe(true);
    expect(await everything()).toEqual(before);
    expect(await verifyBooks(storage.books)).toMatchObject({ findings: [], shares: 0 });
    await feed(storage.ledger, [shop('w'), { type: 'addLink', link: shopLink('shop-w', 'w') }]);
    await feed(storage.ledger, [move('receive', 'A', 'x', 1)]);
    expect(await storage.queries.links()).toHaveLength(1);
    expect(await verifyBooks(storage.books)).toMatchObject({ findings: [] });
  });

  it('is what a new database is', async () => {
    const schema = () => {
      const db = new DatabaseSync(database.path);
      const rows = db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();
      db.close();
      return rows.map((row) => JSON.stringify(row));
    };
    const fresh = schema();
    await meanwhile(makeOlder);
    expect(schema()).toEqual(fresh);
    await fillLinkedBook(storage);
    expect(await verifyBooks(storage.books)).toMatchObject({ findings: [] });
  });
});
