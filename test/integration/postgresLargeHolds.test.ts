import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RESERVATION_LINES_MAX } from '../../src/domain/limits.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ManualClock } from '../support/contractClock.ts';
import { feed } from '../support/contractFeed.ts';
import { createPostgresDatabase, type PostgresTestDatabase } from '../support/contractPostgres.ts';
import { hold, line, move, product, reserve, shop } from '../support/contractRows.ts';

const HOLDS = ['r1', 'r2', 'r3', 'r4'];
const SKUS = Array.from({ length: RESERVATION_LINES_MAX }, (_, i) => `sku-${i}`);

let database: PostgresTestDatabase;
let storage: Storage;

beforeEach(async () => {
  database = await createPostgresDatabase({ node: 'leeds', clock: new ManualClock() });
  storage = await database.open();
});

afterEach(async () => {
  await storage.close();
  await database.remove();
});

/** As many holds as there are units, each of one unit of every product, and all of them over. */
async function allHeld(): Promise<void> {
  const { ledger } = storage;
  await feed(ledger, [shop('x'), ...SKUS.map((sku) => product(sku))]);
  await feed(
    ledger,
    SKUS.map((sku) => move('receive', sku, 'x', HOLDS.length)),
  );
  const lines = SKUS.map((sku) => line(sku, 'x', 1));
  for (const id of HOLDS) await hold(ledger, id, lines, -1);
}

async function statuses(): Promise<(string | undefined)[]> {
  const found = await Promise.all(HOLDS.map((id) => storage.queries.reservation(id)));
  return found.map((reservation) => reservation?.status);
}

// 250 of them in one commit took PostgreSQL longer than a transaction may take. The commit failed, and so did the next.
describe('holds of very many lines that are over', () => {
  it('come back a few at a time by themselves', async () => {
    await allHeld();
    expect(await storage.ledger.dueReservations(250)).toEqual(['r1', 'r2', 'r3']);
  });

  it('come back a few at a time to whoever needs one unit', async () => {
    await allHeld();
    await feed(storage.ledger, [reserve('new', line('sku-0', 'x', 1))]);
    expect(await statuses()).toEqual(['expired', 'expired', 'expired', 'held']);
  });

  it('come back together where all of their units are needed', async () => {
    await allHeld();
    await feed(storage.ledger, [reserve('new', line('sku-0', 'x', HOLDS.length))]);
    expect(await statuses()).toEqual(HOLDS.map(() => 'expired'));
  });
});
