import { readFileSync } from 'node:fs';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from 'vitest';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openStorage } from '../../src/start/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { feed } from '../support/contractFeed.ts';
import { move, product, shop } from '../support/contractRows.ts';
import { type PostgresServer, startPostgres } from '../support/postgres/server.ts';
import { TcpProxy, type Verdict } from '../support/postgres/tcpProxy.ts';
import {
  connected,
  createTestDatabase,
  type PostgresDatabase,
} from '../support/postgres/testDatabase.ts';

const FIRST_MIGRATION = new URL(
  '../../src/storage/postgres/migrations/000001_ledger.sql',
  import.meta.url,
);

/**
 * What the first version of the program had written: five units received, two of them held; and of two that were sent one
 * that was lost.
 */
const OLD_LEDGER = `
  CREATE TABLE holdfast_migrations (number integer PRIMARY KEY, applied_at timestamptz DEFAULT now());
  INSERT INTO holdfast_migrations VALUES (1);
  INSERT INTO node VALUES (1, 'old');
  INSERT INTO products (sku, name, search) VALUES ('A', 'Product', 'a');
  INSERT INTO locations (location, name, kind, search) VALUES ('x', 'Shop', 'store', 'x'), ('y', 'Shop', 'store', 'y');
  INSERT INTO level_ids (id, sku, location) OVERRIDING SYSTEM VALUE VALUES (1, 'A', 'x'), (2, 'A', 'y');
  INSERT INTO events
    (position, time, level, version, quantity, available, reserved, committed, unavailable, type,
     from_account, to_account, actor, request_id, reservation_id, sku, location, details)
  VALUES
    (1, 1000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'product_created', NULL, NULL, 'ann', 'q', NULL, 'A', NULL,
      '{"after":{"name":"Product","description":null,"category":null,"attributes":null}}'),
    (2, 1000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'location_created', NULL, NULL, 'ann', 'q', NULL, NULL, 'x',
      '{"after":{"name":"Shop","kind":"store","attributes":null}}'),
    (3, 1000, 1, 1, 5, 5, 0, 0, 0, 'receive', 'supplier', 'available', 'ann', 'q', NULL, NULL, NULL, NULL),
    (4, 1000, 1, 2, 2, 3, 2, 0, 0, 'reserve', 'available', 'reserved', 'ann', 'q', 'r1', NULL, NULL,
      '{"expiresAt":9000000000000,"ttlSeconds":900}'),
    (5, 1000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'location_created', NULL, NULL, 'ann', 'q', NULL, NULL, 'y',
      '{"after":{"name":"Shop","kind":"store","attributes":null}}'),
    (6, 1000, 1, 3, 2, 1, 2, 0, 0, 'dispatch', 'available', 'transit', 'ann', 'q', NULL, NULL, NULL,
      '{"transferId":"t1","destination":"y"}'),
    (7, 1000, 2, 1, 1, 1, 0, 0, 0, 'arrive', 'transit', 'available', 'ann', 'q', NULL, NULL, NULL,
      '{"transferId":"t1","reason":"one broken"}'),
    (8, 1000, 2, 2, 1, 1, 0, 0, 0, 'discrepancy', 'transit', 'shrinkage', 'ann', 'q', NULL, NULL, NULL,
      '{"transferId":"t1","reason":"one broken"}');
  INSERT INTO transfers VALUES ('t1', 'received', 'x', 'y', 1000, 1000, NULL, '[["A",2,1,1,0]]');
  INSERT INTO log_times VALUES (1000, 8);
  UPDATE log_head SET position = 8, time = 1000;
  INSERT INTO levels VALUES (1, 1, 2, 0, 0, 3, 1000), (2, 1, 0, 0, 0, 2, 1000);
  INSERT INTO reservations VALUES ('r1', 'held', 9000000000000, 900, 1000, 1000, 'ann', '[[1,2,0,0]]');
  INSERT INTO holds VALUES (1, 9000000000000, 'r1', 2);`;

let server: PostgresServer;
let database: PostgresDatabase;
// Roles are made here, which whoever lends us a server need not allow.
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());
beforeEach(async () => {
  database = await createTestDatabase({ server, migrated: false });
});
afterEach(() => database.drop());

async function open(url = database.url, node: string | null = null): Promise<Storage> {
  const machine = createRuntime();
  const storage = await openStorage({
    config: { database: url, node },
    machine,
  });
  onTestFinished(() => storage.close());
  return storage;
}

/** It can be opened, and sells. */
async function expectLedger(url: string, node: string): Promise<void> {
  const { ledger, queries, node: found } = await open(url, node);
  expect(found).toBe(node);
  await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 5)]);
  expect(await queries.level('A', 'x')).toMatchObject({ available: 5 });
}

async function run(text: string, url = database.url): Promise<readonly unknown[]> {
  const { rows } = await connected(url, (client) => client.query(text));
  return rows;
}

/** A role that may log in, and nothing else. @returns the address of the database for it */
async function ordinaryRole(name: string): Promise<string> {
  await run(`CREATE ROLE ${name} LOGIN PASSWORD 'secret'`);
  const url = new URL(database.url);
  url.username = name;
  url.password = 'secret';
  return url.href;
}

describe('a ledger', () => {
  it('of before there were nodes goes on, and takes a link', async () => {
    await run(readFileSync(FIRST_MIGRATION, 'utf8'));
    await run(OLD_LEDGER);
    const { ledger, queries, books } = await open();
    await feed(ledger, [{ type: 'confirm', reservationId: 'r1' }]);
    expect(await queries.reservation('r1')).toMatchObject({ status: 'confirmed' });
    await feed(ledger, [
      {
        type: 'addLink',
        link: {
          peer: 'shop',
          peerRole: 'store',
          self: 'old',
          location: 'x',
          secret: 'secret',
          policy: { hubShare: 0.5, floor: 0 },
        },
      },
    ]);
    expect(await queries.location('x')).toMatchObject({ node: 'shop' });
    expect((await verifyBooks(books)).findings).toEqual([]);
  });
});

describe('a new database', () => {
  it('is made a ledger by any number of servers at once, and by each of its migrations once', async () => {
    const storages = await Promise.all(Array.from({ length: 20 }, () => open()));
    expect(new Set(storages.map(({ node }) => node))).toEqual(new Set(['local']));
    const numbers = await run('SELECT number FROM holdfast_migrations ORDER BY number');
    expect(numbers).toEqual(numbers.map((_, index) => ({ number: index + 1 })));
    await expectLedger(database.url, 'local');
  });

  it('takes its node from the server that is first, and refuses others', async () => {
    const opened = await Promise.allSettled([
      open(database.url, 'leeds'),
      open(database.url, 'york'),
    ]);
    const [refused, ...more] = opened.flatMap((each) => (each.status === 'rejected' ? [each] : []));
    expect(more).toEqual([]);
    expect(String(refused?.reason)).toMatch(/belongs to the node "(leeds|york)", not to/);
  });

  it.each<[string, Verdict]>([
    ['before', 'cutBefore'],
    ['after', 'cutAfterForwarding'],
  ])(
    'of which the connection is cut %s the tables are made is empty, and can be used',
    async (_, verdict) => {
      const proxy = await TcpProxy.to(database.url);
      onTestFinished(() => proxy.close());
      proxy.onFrontendMessage(({ type, text }) =>
        type === 'Q' && text.includes('CREATE TABLE events') ? verdict : 'forward',
      );
      await expect(open(proxy.url)).rejects.toThrow('the database cannot be reached');
      expect(await run(`SELECT to_regclass('node')`)).toEqual([{ to_regclass: null }]);
      await expectLedger(database.url, 'local');
    },
  );
});

describe('a role that is no superuser', () => {
  it('can own just the database', async () => {
    const url = await ordinaryRole('owner_of_database');
    await run(`ALTER DATABASE ${new URL(url).pathname.slice(1)} OWNER TO owner_of_database`);
    await expectLedger(url, 'leeds');
  });

  it('can own just a schema that its search_path begins with, so that one database has several ledgers', async () => {
    for (const name of ['shop_one', 'shop_two']) {
      const url = await ordinaryRole(name);
      await run(`CREATE SCHEMA ${name} AUTHORIZATION ${name}`);
      await run(`ALTER ROLE ${name} SET search_path = ${name}`);
      await expectLedger(url, name.replace('_', '-'));
    }
    expect(await run('SELECT name FROM shop_one.node')).toEqual([{ name: 'shop-one' }]);
    expect(await run('SELECT count(*)::int FROM shop_two.events')).toEqual([{ count: 3 }]);
    expect(await run(`SELECT to_regclass('public.events')`)).toEqual([{ to_regclass: null }]);
  });

  it('is asked which ledger it means, where one comes later on its search_path', async () => {
    await expectLedger(database.url, 'everybody');
    const url = await ordinaryRole('with_own_schema');
    await run('CREATE SCHEMA with_own_schema AUTHORIZATION with_own_schema');
    await expect(open(url)).rejects.toThrow(
      'begins with the schema "with_own_schema", which has no ledger, and comes to one in "public" later',
    );
    await run('ALTER ROLE with_own_schema SET search_path = with_own_schema');
    await expectLedger(url, 'own');
  });

  it('is told where it may not make tables', async () => {
    const url = await ordinaryRole('guest');
    await run('REVOKE CREATE ON SCHEMA public FROM public');
    await expect(open(url)).rejects.toThrow('permission denied for schema public');
    await run('ALTER ROLE guest SET search_path = nowhere');
    await expect(open(url)).rejects.toThrow('no schema has been selected to create in');
  });
});

describe('a database that is refused', () => {
  it('has an encoding that cannot hold every name', async () => {
    await run(
      "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
    );
    await expect(open(server.urlOf('latin'))).rejects.toThrow(/encoding LATIN1; .* 'UTF8'/);
    await run('DROP DATABASE latin');
  });

  it('has a newer schema', async () => {
    await open();
    await run('INSERT INTO holdfast_migrations (number) VALUES (9999)');
    await expect(open()).rejects.toThrow(
      /the database has schema 9999, but this version of Holdfast knows schemas up to \d+; use/,
    );
  });

  it('has tables of another program, which stay as they are', async () => {
    await run('CREATE TABLE events (id int)');
    await expect(open()).rejects.toThrow('has a table "events" of another program');
    expect(await run('SELECT count(*)::int FROM events')).toEqual([{ count: 0 }]);
    expect(await run(`SELECT to_regclass('holdfast_migrations')`)).toEqual([{ to_regclass: null }]);
  });

  it('is not named with its password', async () => {
    await run('CREATE TABLE events (id int)');
    const { password } = new URL(database.url);
    const said = await open().catch(String);
    expect(said).toContain('//***@');
    expect(said).not.toContain(password);
  });
});
