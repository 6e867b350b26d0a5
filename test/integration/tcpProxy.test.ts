import { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TcpProxy, type Verdict } from '../support/postgres/tcpProxy.ts';
import {
  connected,
  createTestDatabase,
  type PostgresDatabase,
} from '../support/postgres/testDatabase.ts';

let database: PostgresDatabase;
let proxy: TcpProxy;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  await connected(database.url, (direct) => direct.query('CREATE TABLE t (n int UNIQUE)'));
});

afterAll(() => database.drop());

beforeEach(async () => {
  await connected(database.url, (direct) => direct.query('TRUNCATE t'));
  proxy = await TcpProxy.to(database.url);
  client = await opened();
});

afterEach(() => proxy.close());

async function opened(options: ClientConfig = {}): Promise<Client> {
  const made = new Client({ connectionString: proxy.url, ...options });
  made.on('error', () => undefined);
  await made.connect();
  return made;
}

async function rows(): Promise<unknown[]> {
  const result = await connected(database.url, (direct) =>
    direct.query<{ n: number }>('SELECT n FROM t ORDER BY n'),
  );
  return result.rows.map(({ n }) => n);
}

/** Until no session but the asking one is in the database: what was open is rolled back. */
function othersGone(): Promise<void> {
  return connected(database.url, async (direct) => {
    const text = `SELECT count(*)::int AS others FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
    for (let others = 1; others > 0; ) {
      const result = await direct.query<{ others: number }>(text);
      others = result.rows[0]?.others ?? 0;
    }
  });
}

/**
 * Gives the verdict at the message that carries out a statement which begins so; once.
 * @returns when it has been given
 */
function at(type: string, beginning: string, verdict: Verdict): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let met = false;
  proxy.onFrontendMessage((message) => {
    if (met || message.type !== type || !message.text.startsWith(beginning)) return 'forward';
    met = true;
    resolve();
    return verdict;
  });
  return promise;
}

describe('a connection through the proxy', () => {
  it('works as without it', async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => index);
    await client.query('INSERT INTO t SELECT unnest($1::int[])', [many]);
    expect(await rows()).toEqual(many);
    await client.end();
    await othersGone();
    // The database has let go of it; the proxy hears of that a moment later.
    await vi.waitFor(() => expect(proxy.connections).toBe(0), 10_000);
  });

  it('breaks when it is cut, and can be made again', async () => {
    const broken = new Promise<Error>((resolve) => client.once('error', resolve));
    proxy.cut();
    expect((await broken).message).toContain('ECONNRESET');
    expect((await (await opened()).query('SELECT 1')).rowCount).toBe(1);
  });

  it('says nothing while it is frozen, and everything afterwards', async () => {
    const hasty = await opened({ query_timeout: 50 });
    proxy.freeze();
    const answer = client.query('INSERT INTO t VALUES (1) RETURNING n');
    await expect(hasty.query('INSERT INTO t VALUES (2)')).rejects.toThrow('timeout');
    expect(await rows()).toEqual([]);
    proxy.thaw();
    expect((await answer).rows).toEqual([{ n: 1 }]);
  });

  it('takes as long as it was told, in both directions and in order', async () => {
    proxy.delay(40);
    const began = performance.now();
    await client.query('SELECT 1');
    expect(performance.now() - began).toBeGreaterThanOrEqual(75);
    proxy.delay(0);
    await client.query('SELECT 1');
  });

  it('is refused to newcomers only', async () => {
    proxy.refuse();
    await expect(opened()).rejects.toThrow('ECONNREFUSED');
    await client.query('SELECT 1');
    await proxy.accept();
    await opened();
  });
});

describe('at a message of the client, the proxy', () => {
  it('cuts before it, and the server never sees it', async () => {
    await client.query('BEGIN');
    await client.query('INSERT INTO t VALUES (1)');
    void at('Q', 'COMMIT', 'cutBefore');
    await expect(client.query('COMMIT')).rejects.toThrow();
    await othersGone();
    expect(await rows()).toEqual([]);
  });

  it('cuts after it, and the server has done it though the client never hears so', async () => {
    await client.query('BEGIN');
    await client.query('INSERT INTO t VALUES (1)');
    void at('Q', 'COMMIT', 'cutAfterForwarding');
    await expect(client.query('COMMIT')).rejects.toThrow();
    expect(await rows()).toEqual([1]);
  });

  it('knows prepared statements that are only named', async () => {
    const insert = { name: 'insert', text: 'INSERT INTO t VALUES ($1)' };
    await client.query({ ...insert, values: [1] });
    void at('E', 'INSERT', 'cutAfterForwarding');
    await expect(client.query({ ...insert, values: [2] })).rejects.toThrow();
    expect(await rows()).toEqual([1, 2]);
  });

  it('cuts a pipeline in the middle: what came before is done, what comes after is not', async () => {
    const pipelined = await opened({ pipeline: true });
    void at('E', 'COMMIT', 'cutAfterForwarding');
    const texts = ['BEGIN', 'INSERT INTO t VALUES (1)', 'COMMIT', 'INSERT INTO t VALUES (2)'];
    const sent = texts.map((text, index) => pipelined.query({ name: `s${index}`, text }));
    const settled = await Promise.allSettled(sent);
    expect(settled.at(2)?.status).toBe('rejected');
    expect(settled.at(3)?.status).toBe('rejected');
    await client.end();
    await othersGone();
    expect(await rows()).toEqual([1]);
  });

  it('holds it back until after the client has given up', async () => {
    const socket = new Socket();
    const hasty = await opened({ stream: () => socket });
    await hasty.query('BEGIN');
    await hasty.query('INSERT INTO t VALUES (1)');
    const held = at('Q', 'COMMIT', 'holdBack');
    const answer = expect(hasty.query('COMMIT')).rejects.toThrow();
    await held;
    socket.destroy();
    await answer;
    expect(await rows()).toEqual([]);
    proxy.letThrough();
    await client.end();
    await othersGone();
    expect(await rows()).toEqual([1]);
  });
});
