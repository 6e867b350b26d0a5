import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/ledger/errors.ts';
import { DatabaseRefusedError } from '../../src/storage/refused.ts';
import { openSqliteStorage } from '../../src/storage/sqlite/open.ts';
import { ManualClock } from '../support/contractClock.ts';
import { Workshop } from '../support/processes.ts';

const OPENER = path.join(import.meta.dirname, '../support/sqliteOpener.ts');

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-opening-'));
  file = path.join(folder, 'holdfast.db');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function open(node?: string) {
  const clock = new ManualClock();
  return openSqliteStorage({ path: file, clock, ...(node !== undefined && { node }) });
}

async function closeAtOnce(node?: string): Promise<string> {
  const storage = await open(node);
  await storage.close();
  return storage.node;
}

function withFile<T>(work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

describe('a new database', () => {
  it('is made with the folders above it', async () => {
    file = path.join(folder, 'not/there/yet.db');
    await closeAtOnce();
    expect(existsSync(file)).toBe(true);
  });

  it('flushes each commit, in write-ahead mode', async () => {
    await closeAtOnce();
    const mode = withFile((db) => db.prepare('PRAGMA journal_mode').get());
    expect(mode).toMatchObject({ journal_mode: 'wal' });
  });

  it('takes the name of its node, and keeps it', async () => {
    expect(await closeAtOnce('leeds')).toBe('leeds');
    expect(await closeAtOnce()).toBe('leeds');
    expect(await closeAtOnce('leeds')).toBe('leeds');
    await expect(open('york')).rejects.toThrow(/belongs to the node "leeds", not to "york"/);
  });

  it('is called local unless told otherwise', async () => {
    expect(await closeAtOnce()).toBe('local');
  });

  it('is made once, however many processes start at the same time', async () => {
    const workshop = new Workshop();
    try {
      const openers = ['leeds', 'york', 'leeds', 'york'].map((node) =>
        workshop.start(process.execPath, [OPENER, file, node]),
      );
      await Promise.all(openers.map((opener) => opener.heard('out', /ready/)));
      // Each of them opens the database when its input ends.
      for (const { child } of openers) child.stdin?.end();
      const ended = await Promise.all(openers.map((opener) => opener.ended()));
      const refused = ended.filter(({ code }) => code !== 0);
      for (const { err } of refused) expect(err).toMatch(/belongs to the node "(leeds|york)"/);
      expect(refused).toHaveLength(2);
    } finally {
      await workshop.close();
    }
  });
});

describe('a database that is there', () => {
  it('that has lost the name of its node is refused', async () => {
    await closeAtOnce();
    withFile((db) => db.exec('DELETE FROM node'));
    await expect(open()).rejects.toThrow(DatabaseRefusedError);
  });

  it('of a newer schema is refused, and stays as it is', async () => {
    await closeAtOnce();
    withFile((db) => db.exec('PRAGMA user_version = 999999'));
    const before = readFileSync(file);
    await expect(open()).rejects.toThrow(DatabaseRefusedError);
    await expect(open()).rejects.toThrow(/has schema 999999, .* knows schemas up to \d+; use/);
    expect(readFileSync(file)).toEqual(before);
  });

  it('of another program is refused, and stays as it is', async () => {
    withFile((db) => db.exec('CREATE TABLE theirs (id INTEGER); PRAGMA user_version = 1'));
    const before = readFileSync(file);
    await expect(open()).rejects.toThrow(/of another program/);
    expect(readFileSync(file)).toEqual(before);
  });

  it('and is no database is unavailable', async () => {
    await writeFile(file, 'This is a letter, and a long one at that. '.repeat(100));
    await expect(open()).rejects.toThrow(StoreUnavailableError);
    await expect(open()).rejects.toThrow(
      /cannot open the database .*holdfast\.db: .*not a database/,
    );
  });

  it('opens beside one who writes for long', async () => {
    await closeAtOnce();
    const writer = new DatabaseSync(file);
    writer.exec('BEGIN IMMEDIATE');
    expect(await closeAtOnce()).toBe('local');
    writer.close();
  });
});

describe('a database that cannot be made', () => {
  it('under a file instead of a folder says so', async () => {
    await writeFile(file, '');
    file = path.join(file, 'below.db');
    await expect(open()).rejects.toThrow(/cannot open the database .*below\.db: /);
    await expect(open()).rejects.toThrow(StoreUnavailableError);
  });

  it('where a folder has its name says so', async () => {
    file = folder;
    await expect(open()).rejects.toThrow(/cannot open the database/);
  });
});
