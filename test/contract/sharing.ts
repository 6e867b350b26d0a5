import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreConflictError } from '../../src/ledger/errors.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ManualClock } from '../support/contractClock.ts';
import { decideOn, type Fed, feed } from '../support/contractFeed.ts';
import { line, move, product, reserve, shop } from '../support/contractRows.ts';
import type { Engine, TestDatabase } from './engine.ts';

/** Tries of one commit; a server has more patience. */
const TRIES_MAX = 50;

export function describeSharing(engine: Engine): void {
  if (!engine.sharesDatabase) return;
  describe('a database that is open twice', () => {
    let database: TestDatabase;
    let one: Storage;
    let other: Storage;

    beforeEach(async () => {
      database = await engine.create({ node: 'leeds', clock: new ManualClock() });
      one = await database.open();
      other = await database.open();
    });

    afterEach(async () => {
      await one.close();
      await other.close();
      await database.remove();
    });

    it('shows each what the other has committed', async () => {
      await feed(one.ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 3)]);
      expect(await other.queries.level('A', 'x')).toMatchObject({ available: 3 });
      const { stamp } = await feed(other.ledger, [reserve('r1', line('A', 'x', 1))]);
      expect(stamp.firstPosition).toBe(4);
      const again = await decideOn(one.ledger, [reserve('r1', line('A', 'x', 1))]);
      expect(again.writes.events).toEqual([]);
    });

    it('sells every unit once and refuses none that is there', async () => {
      await feed(one.ledger, [product('A'), product('B'), shop('x')]);
      await feed(other.ledger, [move('receive', 'A', 'x', 20), move('receive', 'B', 'x', 20)]);
      const buyers = Array.from({ length: 60 }, (_, index) => {
        const { ledger } = index % 2 === 0 ? one : other;
        const lines = [line('A', 'x', 1), line('B', 'x', 1)];
        const ordered = index % 3 === 0 ? lines : lines.toReversed();
        return patiently(() => decideOn(ledger, [reserve(`r${index}`, ...ordered)]));
      });
      const sold = (await Promise.all(buyers)).filter(({ writes }) => writes.events.length > 0);
      expect(sold).toHaveLength(20);
      expect(await one.queries.level('A', 'x')).toMatchObject({ available: 0, reserved: 20 });
      expect(await verifyBooks(other.books)).toMatchObject({ findings: [] });
    });

    it('makes a level that both want first once', async () => {
      await feed(one.ledger, [product('A'), shop('x')]);
      const deliveries = [one, other, one, other].map(({ ledger }) =>
        patiently(() => decideOn(ledger, [move('receive', 'A', 'x', 5)])),
      );
      await Promise.all(deliveries);
      expect(await one.queries.level('A', 'x')).toMatchObject({ available: 20, version: 4 });
      expect(await verifyBooks(one.books)).toMatchObject({ findings: [] });
    });
  });
}

/** Tries again when somebody else was faster. */
async function patiently(commit: () => Promise<Fed>): Promise<Fed> {
  for (let tries = 1; ; tries++) {
    try {
      return await commit();
    } catch (error) {
      if (!(error instanceof StoreConflictError) || tries === TRIES_MAX) throw error;
    }
  }
}
