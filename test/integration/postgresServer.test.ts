import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hasPgBouncer, startPgBouncer } from '../support/postgres/pgbouncer.ts';
import { type PostgresServer, startPostgres } from '../support/postgres/server.ts';
import { canMakeDisks, smallDisk } from '../support/postgres/smallDisk.ts';
import { connected, createTestDatabase } from '../support/postgres/testDatabase.ts';

async function first(url: string, text: string): Promise<unknown> {
  const { rows } = await connected(url, (client) => client.query({ text, rowMode: 'array' }));
  return rows[0]?.[0];
}

describe('the databases of the tests', () => {
  it('have our schema and the name of their node', async () => {
    const database = await createTestDatabase({ node: 'leeds' });
    expect(await first(database.url, 'SELECT name FROM node')).toBe('leeds');
    expect(await first(database.url, 'SELECT position FROM log_head')).toBe('0');
    await database.drop();
  });

  it('are empty when they are wanted so', async () => {
    const database = await createTestDatabase({ migrated: false });
    expect(await first(database.url, "SELECT to_regclass('events')")).toBeNull();
    await database.drop();
  });

  it('are made by many at once and know nothing of each other', async () => {
    const wanted = Array.from({ length: 4 }, () => createTestDatabase({ node: 'together' }));
    const [one, ...others] = await Promise.all(wanted);
    await first(one?.url ?? '', "UPDATE node SET name = 'other'");
    const names = others.map(({ url }) => first(url, 'SELECT name FROM node'));
    expect(await Promise.all(names)).toEqual(['together', 'together', 'together']);
    await Promise.all([one, ...others].map((each) => each?.drop()));
  });

  it('are dropped with the connections that are still open', async () => {
    const database = await createTestDatabase();
    await connected(database.url, async (client) => {
      const ended = new Promise((resolve) => client.once('end', resolve));
      client.on('error', () => undefined);
      await database.drop();
      await ended;
    });
    await expect(first(database.url, 'SELECT 1')).rejects.toThrow('does not exist');
  });

  it('sync what they commit, and do not sort by bytes by themselves', async () => {
    const database = await createTestDatabase();
    expect(await first(database.url, 'SHOW fsync')).toBe('on');
    expect(await first(database.url, 'SHOW synchronous_commit')).toBe('on');
    expect(await first(database.url, "SELECT 'a' < 'B'")).toBe(true);
    expect(await first(database.url, `SELECT 'a' < 'B' COLLATE "C"`)).toBe(false);
    await database.drop();
  });
});

describe('a PostgreSQL of the test’s own', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ settings: { work_mem: '5MB' } });
  });

  afterAll(() => server.close());

  it('takes settings, and others with a restart', async () => {
    expect(await first(server.url, 'SHOW work_mem')).toBe('5MB');
    await server.restart('fast', { max_connections: '20' });
    expect(await first(server.url, 'SHOW work_mem')).toBe('5MB');
    expect(await first(server.url, 'SHOW max_connections')).toBe('20');
  });

  it('keeps what was committed when it crashes', async () => {
    const database = await createTestDatabase({ server });
    await first(database.url, 'UPDATE log_head SET position = 7');
    await server.stop('immediate');
    await expect(first(database.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await server.start();
    expect(await first(database.url, 'SELECT position FROM log_head')).toBe('7');
    await database.drop();
  });

  it('answers nobody while it is frozen, and everybody afterwards', async () => {
    const patient = new Client({ connectionString: server.url });
    const hasty = new Client({ connectionString: server.url, query_timeout: 100 });
    await Promise.all([patient.connect(), hasty.connect()]);
    server.freeze();
    const answer = patient.query('SELECT 1');
    await expect(hasty.query('SELECT 1')).rejects.toThrow('timeout');
    server.thaw();
    expect((await answer).rowCount).toBe(1);
    await Promise.all([patient.end(), hasty.end()]);
  });

  it('is followed by a replica, which answers reads only', async () => {
    const replica = await server.replica();
    onTestFinished(() => replica.close());
    await first(server.url, 'CREATE TABLE told (n int)');
    const reached = await first(server.url, 'SELECT pg_current_wal_flush_lsn()::text');
    const synced = `SELECT pg_last_wal_replay_lsn() >= '${reached}'`;
    while ((await first(replica.url, synced)) !== true);
    expect(await first(replica.url, 'SELECT count(*) FROM told')).toBe('0');
    await expect(first(replica.url, 'INSERT INTO told VALUES (1)')).rejects.toThrow('read-only');
  });
});

describe.skipIf(!canMakeDisks())('a small disk', () => {
  it('is full until it is freed, and the server lives on', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.close());
    const disk = await smallDisk(server, 20);
    onTestFinished(() => disk.remove());
    const database = await createTestDatabase({ server, tablespace: disk.tablespace });
    onTestFinished(() => database.drop());
    // The first session of a database writes a file of its own.
    await first(database.url, 'SELECT 1');
    disk.fill();
    const insert =
      "INSERT INTO demand SELECT n, repeat('x', 100), '', 1, 1 FROM generate_series(1, 1000) n";
    await expect(first(database.url, insert)).rejects.toMatchObject({ code: '53100' });
    disk.free();
    await first(database.url, insert);
  });
});

describe.skipIf(!hasPgBouncer())('a PgBouncer of the test’s own', () => {
  it('gives out a few connections for one transaction each', async () => {
    const database = await createTestDatabase();
    const bouncer = await startPgBouncer(database.url);
    const many = Array.from({ length: 20 }, () => new Client({ connectionString: bouncer.url }));
    await Promise.all(many.map((client) => client.connect()));
    const answers = await Promise.all(
      many.map((client) => client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')),
    );
    const sessions = new Set(answers.map(({ rows }) => rows[0]?.pid));
    expect(sessions.size).toBeLessThan(many.length);
    await Promise.all(many.map((client) => client.end()));
    await bouncer.close();
    await database.drop();
  });
});
