import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  APPLICATION_NAME,
  Connection,
  readAddress,
} from '../../src/storage/postgres/connection.ts';
import { resetPostgres } from '../../src/storage/postgres/reset.ts';
import { DatabaseRefusedError } from '../../src/storage/refused.ts';
import { fillBusyBook } from '../support/contractBook.ts';
import { ManualClock } from '../support/contractClock.ts';
import { createPostgresDatabase, type PostgresTestDatabase } from '../support/contractPostgres.ts';
import {
  connected,
  createTestDatabase,
  type PostgresDatabase,
} from '../support/postgres/testDatabase.ts';

describe('reset of a ledger in PostgreSQL', () => {
  let database: PostgresTestDatabase;

  beforeEach(async () => {
    database = await createPostgresDatabase({ node: 'leeds', clock: new ManualClock() });
  });

  afterEach(() => database.remove());

  it('removes everything of ours and nothing else, so that the next start finds it empty', async () => {
    const storage = await database.open();
    await fillBusyBook(storage.ledger);
    await storage.close();
    await query(database.url, 'CREATE TABLE theirs (n integer)');
    await resetPostgres(readAddress(database.url));
    expect(await namesIn(database.url)).toEqual(['theirs']);
    const again = await database.open();
    expect(await again.queries.head()).toEqual({ position: 0, time: 0 });
    await again.close();
  });

  it('is refused while a server is connected', async () => {
    const storage = await database.open();
    // A connection of the pool is only there once something was read.
    await storage.queries.head();
    const reset = resetPostgres(readAddress(database.url));
    await expect(reset).rejects.toThrow(DatabaseRefusedError);
    await expect(reset).rejects.toThrow('stop that first');
    expect(await storage.queries.head()).toEqual({ position: 0, time: 0 });
    await storage.close();
  });
});

describe('reset of a database in PostgreSQL that is not ours', () => {
  let database: PostgresDatabase;

  beforeEach(async () => {
    database = await createTestDatabase({ migrated: false });
  });

  afterEach(() => database.drop());

  it('does nothing where nothing is', async () => {
    await resetPostgres(readAddress(database.url));
    expect(await namesIn(database.url)).toEqual([]);
  });

  it.each(['events', 'commits', 'demand'])('leaves alone %s of another program', async (table) => {
    await query(database.url, `CREATE TABLE ${table} (n integer)`);
    const reset = resetPostgres(readAddress(database.url));
    await expect(reset).rejects.toThrow(`has a table "${table}" of another program`);
    expect(await namesIn(database.url)).toEqual([table]);
  });
});

describe('reset of a ledger that somebody else has touched', () => {
  let database: PostgresDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(() => database.drop());

  it('waits for a session to end that is there still', async () => {
    const ending = new Client({
      connectionString: database.url,
      application_name: APPLICATION_NAME,
    });
    await ending.connect();
    const { promise: isSeen, resolve: see } = Promise.withResolvers<void>();
    const { run } = Connection.prototype;
    onTestFinished(() => void vi.restoreAllMocks());
    vi.spyOn(Connection.prototype, 'run').mockImplementation(async function (
      this: Connection,
      wanted,
      values,
    ) {
      const rows = await run.call(this, wanted, values);
      if (wanted.name === 'count_others') see();
      return rows;
    });
    const reset = resetPostgres(readAddress(database.url));
    await isSeen;
    await ending.end();
    await reset;
    expect(await namesIn(database.url)).toEqual([]);
  });

  it('is left to the newer version that made it', async () => {
    await query(database.url, 'INSERT INTO holdfast_migrations (number) VALUES (999)');
    const reset = resetPostgres(readAddress(database.url));
    await expect(reset).rejects.toThrow('has schema 999');
    expect(await namesIn(database.url)).toContain('events');
  });

  it('touches no table of another schema that hides one of ours', async () => {
    await query(database.url, 'CREATE SCHEMA first; CREATE TABLE first.commits (n integer)');
    const address = `${database.url}?options=${encodeURIComponent('-c search_path=first,public')}`;
    const reset = resetPostgres(readAddress(address));
    await expect(reset).rejects.toThrow(DatabaseRefusedError);
    await query(database.url, 'SELECT n FROM first.commits');
  });
});

async function query(url: string, sql: string): Promise<void> {
  await connected(url, (client) => client.query(sql));
}

/** All tables, functions and sequences of the schema. */
async function namesIn(url: string): Promise<string[]> {
  const { rows } = await connected(url, (client) =>
    client.query<{ name: string }>(`
      SELECT relname AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v')
      UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      ORDER BY name`),
  );
  return rows.map(({ name }) => name);
}
