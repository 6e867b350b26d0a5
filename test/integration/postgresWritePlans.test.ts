import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rebuildBooks } from '../../src/ledger/rebuild.ts';
import { Connection, ReadPool } from '../../src/storage/postgres/connection.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { fillBigBook } from '../support/bigBook.ts';
import { fillBusyBook } from '../support/contractBook.ts';
import { ManualClock } from '../support/contractClock.ts';
import { fillLinkedBook } from '../support/contractLinks.ts';
import { createPostgresDatabase, type PostgresTestDatabase } from '../support/contractPostgres.ts';
import { planOf, Recorder } from '../support/postgresPlans.ts';

const FILL_MS_MAX = 60_000;

/** One row each, or one for each node. */
const MAY_SCAN = /Seq Scan on (log_head|node|sweeping|links)\b/;

/** What is meant to see everything, or to remove a great part of what there is here. */
const MEANT_FOR_MUCH: ReadonlySet<string> = new Set(['counts']);

let database: PostgresTestDatabase;
let client: Client;
/** What is sent on connections for commits, and what is sent by the pool. */
const committing = new Recorder();
const pooled = new Recorder();

beforeAll(async () => {
  database = await createPostgresDatabase({ node: 'leeds', clock: new ManualClock() });
  const busy = await createPostgresDatabase({ node: 'leeds', clock: new ManualClock() });
  const storage = await busy.open();
  await record(() => workOn(storage));
  await storage.close();
  await busy.remove();
  await (await database.open()).close();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await fillBigBook(client);
}, FILL_MS_MAX);

afterAll(async () => {
  await client.end();
  await database.remove();
});

describe('the statements of the write side on PostgreSQL', () => {
  it('are all looked at', () => {
    expect(committing.sent.size).toBeGreaterThan(15);
    expect(pooled.sent.size).toBeGreaterThan(5);
  });

  it('find their rows by an index, those of a commit as its connection plans them', async () => {
    const settings = committing.sent.get('set_up_session');
    await client.query(settings?.text ?? '');
    expect(await scans(committing, 'generic')).toEqual([]);
  });

  it('find their rows by an index, single ones as any connection plans them', async () => {
    // Of how many rows a limit allows a plan for all values knows nothing, so one is made for the values each time.
    await client.query('RESET ALL');
    expect(await scans(pooled, 'custom')).toEqual([]);
  });
});

async function workOn(storage: Storage): Promise<void> {
  const { ledger, books } = storage;
  await fillBusyBook(ledger);
  await (await fillLinkedBook(storage)).close();
  await ledger.dueReservations(10);
  await ledger.readErasable(['held', 'confirmed']);
  await ledger.pruneKeys(0, 10);
  await ledger.now();
  await rebuildBooks(books);
}

async function record(work: () => Promise<void>): Promise<void> {
  const onConnection = vi.spyOn(Connection.prototype, 'run');
  const onPool = vi.spyOn(ReadPool.prototype, 'run');
  try {
    await work();
    for (const [statement, values] of onConnection.mock.calls) committing.note(statement, values);
    for (const [statement, values] of onPool.mock.calls) pooled.note(statement, values);
  } finally {
    onConnection.mockRestore();
    onPool.mockRestore();
  }
}

async function scans({ sent }: Recorder, kind: 'generic' | 'custom'): Promise<string[]> {
  const found: string[] = [];
  for (const [name, what] of sent) {
    if (MEANT_FOR_MUCH.has(name)) continue;
    const plan = await planOf(client, what, kind);
    const scan = plan.split('\n').find((step) => /Seq Scan/.test(step) && !MAY_SCAN.test(step));
    if (scan !== undefined) found.push(`${name}:\n${plan}\n${what.text}`);
  }
  return found;
}
