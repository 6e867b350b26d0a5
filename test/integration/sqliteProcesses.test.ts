import { randomInt } from 'node:crypto';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { openSqliteStorage } from '../../src/storage/sqlite/open.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { feed } from '../support/contractFeed.ts';
import { line, move, product, reserve, shop } from '../support/contractRows.ts';
import { type Started, Workshop } from '../support/processes.ts';

const BUYER = path.join(import.meta.dirname, '../support/sqliteBuyer.ts');
const RECEIVER = path.join(import.meta.dirname, '../support/sqliteReceiver.ts');
const KILLS = 4;

let workshop: Workshop;
let file: string;

beforeEach(() => {
  workshop = new Workshop();
  file = path.join(workshop.folder, 'shared.db');
});

afterEach(() => workshop.close());

async function withStorage<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = await openSqliteStorage({ path: file, clock: { now: () => Date.now() } });
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}

function stockUp(units: number): Promise<unknown> {
  return withStorage(({ ledger }) =>
    feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', units)]),
  );
}

async function soldBy(buyer: Started): Promise<number> {
  const [text] = await buyer.heard('out', /\{.*\}/);
  const { sold } = JSON.parse(text) as { sold: number };
  return sold;
}

describe('processes on one SQLite file', () => {
  it.each([
    { units: 300, buyers: 400 },
    { units: 900, buyers: 400 },
  ])(
    'sell $units units to two times $buyers buyers without one too many or too few',
    async (sale) => {
      const { units, buyers } = sale;
      await stockUp(units);
      const shops = ['one', 'two'].map((name) =>
        workshop.start(process.execPath, [BUYER, file, name, String(buyers)]),
      );
      await Promise.all(shops.map((each) => each.heard('out', /ready/)));
      for (const { child } of shops) child.stdin?.end();
      const sold = await Promise.all(shops.map(soldBy));
      expect(sold.reduce((sum, count) => sum + count)).toBe(Math.min(units, 2 * buyers));
      await withStorage(async ({ queries, books }) => {
        const reserved = Math.min(units, 2 * buyers);
        const level = { available: units - reserved, reserved };
        expect(await queries.level('A', 'x')).toMatchObject(level);
        expect((await verifyBooks(books)).findings).toEqual([]);
      });
    },
  );

  it('see what the other one wrote, at once', async () => {
    await stockUp(5);
    await withStorage((here) =>
      withStorage(async (there) => {
        await feed(here.ledger, [reserve('r1', line('A', 'x', 5))]);
        expect(await there.queries.level('A', 'x')).toMatchObject({ available: 0 });
        await feed(there.ledger, [{ type: 'cancel', reservationId: 'r1' }]);
        await feed(here.ledger, [reserve('r2', line('A', 'x', 5))]);
        expect(await there.queries.level('A', 'x')).toMatchObject({ available: 0, version: 4 });
      }),
    );
  });
});

describe('a process that is killed', () => {
  it('loses nothing of what it had said was durable', async () => {
    await stockUp(1);
    for (let round = 0; round < KILLS; round++) {
      const reported = await killAfterSomeCommits();
      await withStorage(async ({ queries, books }) => {
        const { position } = await queries.head();
        expect(position).toBeGreaterThanOrEqual(reported);
        expect((await verifyBooks(books)).findings).toEqual([]);
      });
      expect(integrity()).toEqual([{ integrity_check: 'ok' }]);
    }
  });
});

/** @returns the last position that a process had reported when it was killed */
async function killAfterSomeCommits(): Promise<number> {
  const receiver = workshop.start(process.execPath, [RECEIVER, file]);
  const { stdout } = receiver.child;
  if (!stdout) throw new Error('its output is read');
  let commits = randomInt(1, 300);
  let reported = 0;
  for await (const text of createInterface({ input: stdout })) {
    reported = Number(/durable (\d+)/.exec(text)?.[1] ?? reported);
    commits -= 1;
    if (commits === 0) receiver.child.kill('SIGKILL');
  }
  expect(await receiver.ended()).toMatchObject({ signal: 'SIGKILL' });
  return reported;
}

function integrity(): unknown[] {
  const db = new DatabaseSync(file);
  const rows = db.prepare('PRAGMA integrity_check').all();
  db.close();
  return rows.map((row) => ({ ...row }));
}
