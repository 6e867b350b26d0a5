import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/ledger/errors.ts';
import { openReader, openWriter } from '../../src/storage/sqlite/connection.ts';
import { ReadGroup } from '../../src/storage/sqlite/readGroup.ts';
import { ManualClock } from '../support/contractClock.ts';
import { createSqliteDatabase, type SqliteDatabase } from '../support/contractSqlite.ts';

let database: SqliteDatabase;
let writer: DatabaseSync;
let reader: DatabaseSync;
let group: ReadGroup;

beforeEach(async () => {
  database = await createSqliteDatabase({ node: 'leeds', clock: new ManualClock() });
  await (await database.open()).close();
  writer = openWriter(database.path);
  writer.exec('CREATE TABLE numbers (n INTEGER)');
  reader = openReader(database.path);
  group = new ReadGroup(reader);
});

afterEach(async () => {
  if (reader.isOpen) reader.close();
  writer.close();
  await database.remove();
});

const write = () => writer.exec('INSERT INTO numbers VALUES (1)');
const count = () => Number(reader.prepare('SELECT count(*) AS n FROM numbers').get()?.['n']);

describe('reads of one round of the event loop', () => {
  it('see all that was committed before they were asked for', async () => {
    const first = group.read(count);
    write();
    const second = group.read(count);
    expect(await Promise.all([first, second])).toEqual([1, 1]);
    write();
    expect(await group.read(count)).toBe(2);
  });

  it('are made in one transaction, which ends with them', async () => {
    const inTransaction = () => reader.isTransaction;
    expect(await Promise.all([group.read(inTransaction), group.read(inTransaction)])).toEqual([
      true,
      true,
    ]);
    expect(reader.isTransaction).toBe(false);
    expect(await group.read(inTransaction)).toBe(false);
  });

  it('fail each by itself', async () => {
    const failing = group.read(() => {
      throw new Error('no such thing');
    });
    const sound = group.read(count);
    await expect(failing).rejects.toThrow('no such thing');
    expect(await sound).toBe(0);
    expect(reader.isTransaction).toBe(false);
  });

  it('are refused when the database is closed meanwhile', async () => {
    const statement = reader.prepare('SELECT 1');
    const reads = [group.read(() => statement.get()), group.read(() => statement.get())];
    reader.close();
    for (const read of reads) await expect(read).rejects.toThrow(StoreUnavailableError);
  });
});
