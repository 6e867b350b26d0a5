import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLedger } from '../../src/ledger/createLedger.ts';
import { StoreUnavailableError } from '../../src/ledger/errors.ts';
import type { LedgerStore } from '../../src/ledger/store.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { line, reserve } from '../support/contractRows.ts';
import { createTestDatabase, type PostgresDatabase } from '../support/postgres/testDatabase.ts';
import { PostgresTestServer } from '../support/postgresLedger.ts';
import { Figures, SETTINGS } from '../support/testLedger.ts';

let database: PostgresDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

/** Finds holds that are due, takes the lease, and cannot give anything back. */
function unable({ storage }: PostgresTestServer): LedgerStore {
  const { ledger } = storage;
  return {
    worksAside: true,
    commit: () => Promise.reject(new StoreUnavailableError('no commits here')),
    advanceTime: (time) => ledger.advanceTime(time),
    dueReservations: (limit) => ledger.dueReservations(limit),
    readErasable: (ids) => ledger.readErasable(ids),
    pruneKeys: (before, limit) => ledger.pruneKeys(before, limit),
    now: () => ledger.now(),
    close: () => ledger.close(),
  };
}

describe('a server that cannot give back the holds that are due', () => {
  it('leaves them to another one', async () => {
    const server = await PostgresTestServer.open(database.url);
    await server.stock(1, 'A');
    await server.run({ ...reserve('r', line('A', 'north', 1)), ttlSeconds: 1 });
    await server.ledger.close();

    const observer = new Figures();
    const parts = { ...createRuntime(), observer, settings: SETTINGS };
    const { promise: hasTried, resolve: tried } = Promise.withResolvers<void>();
    observer.failed = () => tried();
    const failing = createLedger({ ...parts, store: unable(server) });
    await hasTried;

    const other = await PostgresTestServer.open(database.url);
    await new Promise((resolve) => other.ledger.onCommit(resolve));
    expect(await other.storage.queries.reservation('r')).toMatchObject({ status: 'expired' });
    await Promise.all([failing.close(), other.close(), server.storage.close()]);
  });
});
