import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreConflictError, StoreUnavailableError } from '../../src/ledger/errors.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { dumpText, restoreText } from '../support/carry.ts';
import { fillBusyBook } from '../support/contractBook.ts';
import { ManualClock } from '../support/contractClock.ts';
import { decideOn, feed } from '../support/contractFeed.ts';
import { createPostgresDatabase, type PostgresTestDatabase } from '../support/contractPostgres.ts';
import { move, product, shop } from '../support/contractRows.ts';
import { hasPgBouncer, startPgBouncer } from '../support/postgres/pgbouncer.ts';
import { connected } from '../support/postgres/testDatabase.ts';

let clock: ManualClock;
let database: PostgresTestDatabase;
let storage: Storage;

beforeEach(async () => {
  clock = new ManualClock();
  database = await createPostgresDatabase({ node: 'leeds', clock });
  storage = await database.open();
});

afterEach(async () => {
  await storage.close();
  await database.remove();
});

/** A dump of a busy ledger. */
async function busyDump(): Promise<string> {
  const source = await createPostgresDatabase({ node: 'leeds', clock });
  const busy = await source.open();
  await fillBusyBook(busy.ledger);
  await decideOn(busy.ledger, [move('sell', 'A', 'x', 1)], { key: { key: 'k', fingerprint: 'f' } });
  const text = await dumpText(busy);
  await busy.close();
  await source.remove();
  return text;
}

const OTHERS = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;

describe('a freeze', () => {
  it('waits for the commit that has the head of the log', async () => {
    await connected(database.url, async (client) => {
      await client.query('BEGIN; SELECT FROM log_head FOR NO KEY UPDATE');
      let done = false;
      const freezing = storage.archive.freeze('moved').then(() => {
        done = true;
      });
      const { rows } = await client.query('SELECT frozen FROM log_head');
      expect(rows).toEqual([{ frozen: null }]);
      expect(done).toBe(false);
      await client.query('COMMIT');
      await freezing;
    });
    await expect(feed(storage.ledger, [product('A')])).rejects.toMatchObject({ reason: 'moved' });
  });

  it('holds for a second server that had the ledger open', async () => {
    const other = await database.open();
    await feed(other.ledger, [product('A')]);
    await storage.archive.freeze('moved');
    await expect(feed(other.ledger, [product('B')])).rejects.toMatchObject({ reason: 'moved' });
    await other.archive.thaw();
    await feed(storage.ledger, [product('B')]);
    await other.close();
  });
});

describe('a restore into PostgreSQL', () => {
  it('whose connection is cut leaves what only a restore opens', async () => {
    const dumped = await busyDump();
    const restoring = storage.archive.restore(async (writer) => {
      await writer.putHead({ position: 0, time: 1 });
      await connected(database.url, (client) => client.query(OTHERS));
      await writer.putHead({ position: 0, time: 2 });
      return null;
    });
    await expect(restoring).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(await storage.archive.frozen()).toMatchObject({ reason: 'restoring' });
    await restoreText(storage, dumped);
    expect(await dumpText(storage)).toBe(dumped);
    expect(await verifyBooks(storage.books)).toMatchObject({ findings: [] });
  });

  it('that fails leaves a ledger that can be begun anew, by two servers at once', async () => {
    const dumped = await busyDump();
    await expect(restoreText(storage, dumped.slice(0, -2))).rejects.toThrow();
    expect(await storage.archive.frozen()).toBeNull();
    await feed(storage.ledger, [product('A'), shop('x')]);
    const other = await database.open();
    const receipts = [storage, other].map(({ ledger }) =>
      feed(ledger, [move('receive', 'A', 'x', 2)]),
    );
    const came = await Promise.allSettled(receipts);
    await other.close();
    const failed = came.filter((each) => each.status === 'rejected').map(({ reason }) => reason);
    for (const reason of failed) expect(reason).toBeInstanceOf(StoreConflictError);
    const done = came.length - failed.length;
    expect(done).toBeGreaterThan(0);
    expect(await storage.queries.level('A', 'x')).toMatchObject({ available: 2 * done });
    expect(await verifyBooks(storage.books)).toMatchObject({ findings: [] });
  });

  it('goes on beside a server that serves the empty ledger', async () => {
    const dumped = await busyDump();
    const server = await database.open();
    await server.ledger.advanceTime(5);
    await restoreText(storage, dumped);
    expect(await server.queries.level('A', 'x')).toBeDefined();
    await feed(server.ledger, [product('new')]);
    await server.close();
  });

  it.skipIf(!hasPgBouncer())('and a dump of it go through PgBouncer', async () => {
    const dumped = await busyDump();
    const bouncer = await startPgBouncer(database.url);
    try {
      const machine = createRuntime();
      const through = await openPostgresStorage({ url: bouncer.url, machine, clock });
      await restoreText(through, dumped);
      expect(await verifyBooks(through.books)).toMatchObject({ findings: [] });
      expect(await dumpText(through)).toBe(dumped);
      await through.close();
    } finally {
      await bouncer.close();
    }
  });
});
