import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { readAddress } from '../../src/storage/postgres/connection.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open.ts';
import { resetPostgres } from '../../src/storage/postgres/reset.ts';
import { describeArchive } from '../contract/archive.ts';
import { describeCommits } from '../contract/commits.ts';
import type { DatabaseOptions, TestDatabase } from '../contract/engine.ts';
import { describeHolds } from '../contract/holds.ts';
import { describeKeys } from '../contract/keys.ts';
import { describeRemovals } from '../contract/removals.ts';
import { describeSharing } from '../contract/sharing.ts';
import { lendDatabase } from '../support/postgres/lentDatabase.ts';
import { hasPgBouncer, type PgBouncer, startPgBouncer } from '../support/postgres/pgbouncer.ts';
import {
  connected,
  createTestDatabase,
  type PostgresDatabase,
} from '../support/postgres/testDatabase.ts';
import { PostgresTestServer } from '../support/postgresLedger.ts';
import { at } from '../support/testLedger.ts';

let bouncer: PgBouncer;

async function create({ node, clock }: DatabaseOptions): Promise<TestDatabase> {
  const { url, drop } = await lendDatabase(node);
  const machine = createRuntime();
  return {
    open: () => openPostgresStorage({ url: throughBouncer(url), node, clock, machine }),
    remove: drop,
  };
}

function throughBouncer(url: string): string {
  const through = new URL(bouncer.url);
  through.pathname = new URL(url).pathname;
  return through.href;
}

describe.runIf(hasPgBouncer())('through PgBouncer in transaction mode', () => {
  beforeAll(async () => {
    const database = await createTestDatabase();
    bouncer = await startPgBouncer(database.url);
    await database.drop();
  });
  afterAll(() => bouncer.close());

  const engine = {
    name: 'PostgreSQL through PgBouncer',
    usesGivenClock: true,
    sharesDatabase: true,
    create,
  };
  // The others read, one statement at a time; the whole suite was seen to pass.
  describeCommits(engine);
  describeHolds(engine);
  describeKeys(engine);
  describeRemovals(engine);
  describeArchive(engine);
  describeSharing(engine);

  describe('a reset', () => {
    let database: PostgresDatabase;
    let narrow: PgBouncer;
    beforeEach(async () => {
      database = await createTestDatabase();
      // All share one connection, so nobody can tell by the connections who else is there.
      narrow = await startPgBouncer(database.url, 1);
    });
    afterEach(async () => {
      await narrow.close();
      await database.drop();
    });

    it('is refused while a server is there, though it has nothing to do', async () => {
      const server = await PostgresTestServer.open(narrow.url);
      const reset = resetPostgres(readAddress(narrow.url));
      await expect(reset).rejects.toThrow('stop that first');
      await server.stock(1, 'A');
      await server.close();
    });

    it('is done when the server has gone', async () => {
      const server = await PostgresTestServer.open(narrow.url);
      await server.stock(1, 'A');
      await server.close();
      await resetPostgres(readAddress(narrow.url));
      const again = await PostgresTestServer.open(narrow.url);
      expect(await again.storage.queries.head()).toMatchObject({ position: 0 });
      await again.close();
    });
  });

  describe('four servers', () => {
    const SERVERS = 4;
    const ORDERS = 240;
    let database: PostgresDatabase;
    let servers: readonly PostgresTestServer[];
    beforeEach(async () => {
      database = await createTestDatabase();
      const through = throughBouncer(database.url);
      const opening = Array.from({ length: SERVERS }, () => PostgresTestServer.open(through));
      servers = await Promise.all(opening);
    });
    afterEach(async () => {
      await Promise.all(servers.map((server) => server.close()));
      await database.drop();
    });

    it('that share fewer connections than they have sell each unit once', async () => {
      const [first] = servers;
      await first?.stock(ORDERS, 'A', 'B');
      await Promise.all(
        Array.from({ length: ORDERS }, async (_, n) => {
          const lines = n % 2 === 0 ? [at('A', 1), at('B', 1)] : [at('B', 1), at('A', 1)];
          await servers[n % SERVERS]?.reserve(lines);
        }),
      );
      expect(await first?.storage.queries.level('A', 'north')).toMatchObject({
        available: 0,
        reserved: ORDERS,
      });
      await expect(servers[1]?.reserve([at('A', 1)])).rejects.toThrow('insufficient_stock');
      expect(first && (await verifyBooks(first.storage.books)).findings).toEqual([]);
    });

    it('hear of what another one commits by looking, for nobody can listen', async () => {
      const [one, other] = servers;
      if (!one || !other) throw new Error('no servers');
      const leaving = new AbortController();
      const stream = other.feed.follow({ after: 0, signal: leaving.signal });
      const items = stream[Symbol.asyncIterator]();
      const heard = items.next();
      await one.stock(1, 'A');
      expect((await heard).value).toMatchObject({ kind: 'events' });
      leaving.abort();
      await items.return?.();
      const listening = await connected(database.url, async (client) => {
        const { rows } = await client.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
        );
        return rows.length;
      });
      expect(listening).toBe(0);
    });

    it('leave no setting behind on a connection that others get next', async () => {
      const [one] = servers;
      await one?.stock(1, randomUUID());
      const settings = await Promise.all(
        Array.from({ length: 8 }, () =>
          connected(throughBouncer(database.url).replace('?pgbouncer=true', ''), async (client) => {
            const { rows } = await client.query<{ setting: string }>(
              `SELECT current_setting('enable_seqscan') || current_setting('lock_timeout')
                 || current_setting('statement_timeout') AS setting`,
            );
            return rows[0]?.setting;
          }),
        ),
      );
      expect(new Set(settings)).toEqual(new Set(['on00']));
    });
  });
});
