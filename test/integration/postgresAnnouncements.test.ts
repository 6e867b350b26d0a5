import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Announcements } from '../../src/storage/postgres/announcements.ts';
import { readAddress } from '../../src/storage/postgres/connection.ts';
import { TcpProxy } from '../support/postgres/tcpProxy.ts';
import {
  connected,
  createTestDatabase,
  type PostgresDatabase,
} from '../support/postgres/testDatabase.ts';

/** Milliseconds until news is elsewhere; it is 1 to 3 on a machine that does nothing else. */
const NEWS_MS_MAX = 100;
/** Of so many news the quickest counts: the machine may be busy with something else at any one. */
const NEWS = 10;

let database: PostgresDatabase;
beforeEach(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterEach(() => database.drop());

/** What one server says and hears, with what a test waits for. */
class Server {
  readonly heard: number[] = [];
  readonly announcements: Announcements;
  #isConnected = false;
  readonly #waiting = new Set<() => void>();

  constructor(url: string) {
    this.announcements = new Announcements(readAddress(url), (connected) => {
      this.#isConnected = connected;
      this.#wake();
    });
    this.announcements.listen((position) => {
      this.heard.push(position);
      this.#wake();
    });
    onTestFinished(() => this.announcements.close());
  }

  async connected(is = true): Promise<void> {
    while (this.#isConnected !== is) await this.#change();
  }

  async hears(position: number): Promise<void> {
    while (!this.heard.includes(position)) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

async function throughProxy(): Promise<TcpProxy> {
  const proxy = await TcpProxy.to(database.url);
  onTestFinished(() => proxy.close());
  return proxy;
}

describe('announcements of commits', () => {
  it('reach another server in milliseconds, and not the one that made them', async () => {
    const [one, other] = [new Server(database.url), new Server(database.url)];
    await Promise.all([one.connected(), other.connected()]);
    const delays: number[] = [];
    for (let position = 1; position <= NEWS; position++) {
      const startedAt = performance.now();
      one.announcements.committed(position);
      await other.hears(position);
      delays.push(performance.now() - startedAt);
    }
    expect(Math.min(...delays)).toBeLessThan(NEWS_MS_MAX);
    other.announcements.committed(NEWS + 1);
    await one.hears(NEWS + 1);
    expect(one.heard).toEqual([NEWS + 1]);
    expect(other.heard).toEqual(Array.from({ length: NEWS }, (_, n) => n + 1));
  });

  it('of many commits are few, and the newest is among them', async () => {
    const [one, other] = [new Server(database.url), new Server(database.url)];
    await Promise.all([one.connected(), other.connected()]);
    for (let position = 1; position <= 1_000; position++) one.announcements.committed(position);
    await other.hears(1_000);
    expect(other.heard.length).toBeLessThanOrEqual(2);
  });

  it('flow again after the connection was cut, with what was committed meanwhile', async () => {
    const proxy = await throughProxy();
    const [one, other] = [new Server(proxy.url), new Server(database.url)];
    await Promise.all([one.connected(), other.connected()]);
    proxy.refuse();
    proxy.cut();
    await one.connected(false);
    one.announcements.committed(3);
    one.announcements.committed(4);
    await proxy.accept();
    await other.hears(4);
    await one.connected();
    other.announcements.committed(5);
    await one.hears(5);
  });

  it('are given up with a connection that does not answer, and made on another one', async () => {
    const proxy = await throughProxy();
    const [one, other] = [new Server(proxy.url), new Server(database.url)];
    await Promise.all([one.connected(), other.connected()]);
    proxy.freeze();
    one.announcements.committed(3);
    await one.connected(false);
    proxy.thaw();
    await other.hears(3);
  });

  it('that are none do no harm', async () => {
    const server = new Server(database.url);
    await server.connected();
    await connected(database.url, async (client) => {
      for (const payload of ['', 'x', '-1', '1.5', '1e300', '5'])
        await client.query("SELECT pg_notify('holdfast_log', $1)", [payload]);
    });
    await server.hears(5);
    expect(server.heard).toEqual([5]);
  });

  it('need no connection before there is something to say or to hear, nor behind a pooler', async () => {
    const pooled = new Server(`${database.url}?pgbouncer=true`);
    const silent = new Announcements(readAddress(database.url));
    pooled.announcements.committed(1);
    await connected(database.url, async (client) => {
      const { rows } = await client.query(
        "SELECT FROM pg_stat_activity WHERE application_name = 'holdfast' AND datname = current_database()",
      );
      expect(rows).toHaveLength(0);
    });
    await silent.close();
  });
});
