import { describe, expect, it } from 'vitest';
import type { CommitStep, OnStep } from '../../simulator/memoryStorage/ledgerStore.ts';
import { type MemoryStorage, openMemoryStorage } from '../../simulator/memoryStorage/open.ts';
import { emptyTables } from '../../simulator/memoryStorage/tables.ts';
import {
  OutcomeUnknownError,
  StoreConflictError,
  StoreUnavailableError,
} from '../../src/ledger/errors.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { ManualClock } from '../support/contractClock.ts';
import { feed } from '../support/contractFeed.ts';
import { move, product, shop } from '../support/contractRows.ts';

const STEPS: readonly CommitStep[] = ['load', 'write', 'answer'];

/** A stocked shop whose next commits meet `onStep`. */
async function stocked(onStep: OnStep): Promise<MemoryStorage & { reopen(): MemoryStorage }> {
  const clock = new ManualClock();
  const tables = emptyTables('leeds');
  const calm = openMemoryStorage({ tables, clock });
  await feed(calm.ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 10)]);
  await calm.close();
  const storage = openMemoryStorage({ tables, clock, onStep });
  return { ...storage, reopen: () => openMemoryStorage({ tables, clock }) };
}

const sale = move('sell', 'A', 'x', 1);

function available({ queries }: MemoryStorage): Promise<number | undefined> {
  return queries.level('A', 'x').then((level) => level?.available);
}

describe('the memory engine', () => {
  it('goes through its steps in order, one commit after the other', async () => {
    const seen: CommitStep[] = [];
    const storage = await stocked((step) => {
      seen.push(step);
    });
    await Promise.all([feed(storage.ledger, [sale]), feed(storage.ledger, [sale])]);
    expect(seen).toEqual([...STEPS, ...STEPS]);
  });

  it.each([
    ['load', new StoreConflictError('on demand'), 10],
    ['load', new StoreUnavailableError('on demand'), 10],
    ['write', new StoreConflictError('on demand'), 10],
    ['write', new OutcomeUnknownError('not done'), 10],
    ['answer', new OutcomeUnknownError('done'), 9],
  ] as const)('at %s can fail with %s, leaving %d units', async (where, error, left) => {
    let isDue = true;
    const storage = await stocked((step) => {
      if (step !== where || !isDue) return;
      isDue = false;
      throw error;
    });
    await expect(feed(storage.ledger, [sale])).rejects.toBe(error);
    expect(await available(storage)).toBe(left);
    await feed(storage.ledger, [sale]);
    expect(await available(storage)).toBe(left - 1);
    expect(await verifyBooks(storage.books)).toMatchObject({ findings: [] });
  });

  it.each([
    ['load', 10],
    ['write', 10],
    ['answer', 9],
  ] as const)('crashed at %s keeps what was durable and loses the rest', async (where, left) => {
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const storage = await stocked((step) => {
      if (step !== where) return;
      reached.resolve();
      return held.promise;
    });
    const [sold, behind] = [feed(storage.ledger, [sale]), feed(storage.ledger, [sale])];
    await reached.promise;
    storage.crash();
    const again = storage.reopen();
    expect(await available(again)).toBe(left);
    held.resolve();
    for (const lost of [sold, behind]) {
      await expect(lost).rejects.toBeInstanceOf(StoreUnavailableError);
    }
    expect(await available(again)).toBe(left);
    const next = await feed(again.ledger, [sale]);
    expect(next.stamp.firstPosition).toBe(left === 10 ? 4 : 5);
    expect(await verifyBooks(again.books)).toMatchObject({ findings: [] });
  });

  it('that was closed answers no more, after what came before', async () => {
    const storage = await stocked(() => undefined);
    const sold = feed(storage.ledger, [sale]);
    await storage.close();
    expect(await sold).toMatchObject({ stamp: { firstPosition: 4 } });
    await expect(feed(storage.ledger, [sale])).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(storage.ledger.now()).rejects.toBeInstanceOf(StoreUnavailableError);
  });
});
