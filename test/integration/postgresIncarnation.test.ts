import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewLink } from '../../src/domain/links/link.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open.ts';
import { feed } from '../support/contractFeed.ts';
import { shop } from '../support/contractRows.ts';
import { type PostgresServer, startPostgres } from '../support/postgres/server.ts';
import {
  connected,
  createTestDatabase,
  type PostgresDatabase,
} from '../support/postgres/testDatabase.ts';

const LINK: NewLink = {
  peer: 'shop',
  peerRole: 'store',
  self: 'hub',
  location: 'north',
  secret: 'secret',
  policy: { hubShare: 0.5, floor: 0 },
};

let server: PostgresServer;
let database: PostgresDatabase;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.close());

beforeEach(async () => {
  database = await createTestDatabase({ server });
});
afterEach(() => database.drop());

async function on<T>(
  url: string,
  work: (storage: Awaited<ReturnType<typeof openPostgresStorage>>) => Promise<T>,
): Promise<T> {
  const storage = await openPostgresStorage({ url, machine: createRuntime() });
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}

function isProven(url: string): Promise<boolean> {
  return on(url, ({ incarnation }) => incarnation.isProven());
}

async function link(url: string): Promise<void> {
  await on(url, async ({ ledger }) => {
    await feed(ledger, [shop('north')]);
    await feed(ledger, [{ type: 'addLink', link: LINK }]);
  });
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

/** A copy of the database in the same cluster. */
async function copied(): Promise<string> {
  const name = `${nameOf(database.url)}_copy`;
  await connected(server.url, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${nameOf(database.url)}`),
  );
  return database.url.replace(/[^/]+$/, name);
}

async function removed(url: string): Promise<void> {
  await connected(server.url, (client) => client.query(`DROP DATABASE ${nameOf(url)}`));
}

describe('a database with a link', () => {
  it('is the one that it was, to every server and after a crash of the cluster', async () => {
    await link(database.url);
    expect(await isProven(database.url)).toBe(true);
    await server.stop('immediate');
    await server.start();
    expect(await isProven(database.url)).toBe(true);
  });

  it('that was copied in its cluster is another one, until it is proven', async () => {
    await link(database.url);
    const copy = await copied();
    expect(await isProven(copy)).toBe(false);
    await on(copy, ({ incarnation }) => incarnation.prove());
    expect(await isProven(copy)).toBe(true);
    expect(await isProven(database.url)).toBe(true);
    await removed(copy);
  });

  it('is known by a role without any rights, too', async () => {
    const url = new URL(database.url);
    await connected(server.url, (client) =>
      client.query("CREATE ROLE nobody LOGIN PASSWORD 'none'"),
    );
    await connected(database.url, (client) =>
      client.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO nobody'),
    );
    url.username = 'nobody';
    url.password = 'none';
    await link(database.url);
    expect(await isProven(url.href)).toBe(true);
    await on(url.href, ({ incarnation }) => incarnation.prove());
    await connected(database.url, (client) => client.query('DROP OWNED BY nobody'));
    await connected(server.url, (client) => client.query('DROP ROLE nobody'));
  });

  it('that a standby has taken over is another one, whatever it has', async () => {
    await link(database.url);
    const standby = await server.replica();
    try {
      const url = standby.urlOf(nameOf(database.url));
      expect(await isProven(url)).toBe(false);
      await connected(standby.url, (client) => client.query('SELECT pg_promote()'));
      expect(await isProven(url)).toBe(false);
      await on(url, ({ incarnation }) => incarnation.prove());
      expect(await isProven(url)).toBe(true);
      expect(await isProven(database.url)).toBe(true);
    } finally {
      await standby.close();
    }
  });
});

describe('a database without links', () => {
  it('has nothing to prove, and begins where it gets its first link', async () => {
    expect(await isProven(database.url)).toBe(true);
    const copy = await copied();
    expect(await isProven(copy)).toBe(true);
    await link(copy);
    expect(await isProven(copy)).toBe(true);
    await removed(copy);
  });
});
