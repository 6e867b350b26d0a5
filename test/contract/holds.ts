import { describe, expect, it } from 'vitest';
import { levelKey } from '../../src/domain/stock.ts';
import type { Rows } from '../../src/ledger/store.ts';
import { feed } from '../support/contractFeed.ts';
import {
  hold,
  line,
  move,
  type NeedLists,
  needs,
  product,
  reserve,
  shop,
  writes,
} from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

const MINUTE_MS = 60_000;
const AX = levelKey('A', 'x');
const BX = levelKey('B', 'x');

export function describeHolds(engine: Engine): void {
  describe('a hold', () => {
    const fixture = useDatabase(engine);

    async function stock(): Promise<void> {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), product('B'), shop('x')]);
      await feed(ledger, [move('receive', 'A', 'x', 10), move('receive', 'B', 'x', 10)]);
    }

    async function look(lists: NeedLists): Promise<Rows> {
      const seen: Rows[] = [];
      await fixture.storage.ledger.commit(needs(lists), (rows) => {
        seen.push(rows);
        return writes();
      });
      const [rows] = seen;
      if (rows === undefined) throw new Error('a commit decides');
      return rows;
    }

    it('stands on each of its levels as long as the reservation is held', async () => {
      await stock();
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [reserve('r1', line('A', 'x', 2), line('B', 'x', 3))]);
      const held = await queries.reservation('r1');
      const ofLevel = (sku: string) => queries.holds({ sku, location: 'x', limit: 10 });
      const rest = { reservationId: 'r1', expiresAt: held?.expiresAt };
      expect(await ofLevel('A')).toEqual([{ ...rest, quantity: 2 }]);
      expect(await ofLevel('B')).toEqual([{ ...rest, quantity: 3 }]);
      await feed(ledger, [{ type: 'confirm', reservationId: 'r1' }]);
      expect([...(await ofLevel('A')), ...(await ofLevel('B'))]).toEqual([]);
    });

    it.each(['cancel', 'expire'] as const)('is gone after %s', async (type) => {
      await stock();
      const { ledger, queries } = fixture.storage;
      const endsInMs = type === 'expire' ? -1 : MINUTE_MS;
      await hold(ledger, 'r1', [line('A', 'x', 2)], endsInMs);
      await feed(ledger, [{ type, reservationId: 'r1' }]);
      expect(await queries.holds({ sku: 'A', location: 'x', limit: 10 })).toEqual([]);
      expect(await ledger.dueReservations(10)).toEqual([]);
      expect(await queries.level('A', 'x')).toMatchObject({ available: 10, reserved: 0 });
    });

    it('moves to its new end when it is extended', async () => {
      await stock();
      const { ledger, queries } = fixture.storage;
      await hold(ledger, 'r1', [line('A', 'x', 2)], MINUTE_MS);
      await feed(ledger, [{ type: 'extend', reservationId: 'r1', ttlSeconds: 3_600 }]);
      const row = await queries.reservation('r1');
      const holds = await queries.holds({ sku: 'A', location: 'x', limit: 10 });
      expect(holds).toEqual([{ reservationId: 'r1', quantity: 2, expiresAt: row?.expiresAt }]);
    });

    it('is due from its end on, the longest overdue first', async () => {
      await stock();
      const { ledger } = fixture.storage;
      const ends = { later: MINUTE_MS, second: -MINUTE_MS, first: -2 * MINUTE_MS, third: 0 };
      for (const [id, endsInMs] of Object.entries(ends)) {
        await hold(ledger, id, [line('A', 'x', 1), line('B', 'x', 1)], endsInMs);
      }
      expect(await ledger.dueReservations(10)).toEqual(['first', 'second', 'third']);
      expect(await ledger.dueReservations(2)).toEqual(['first', 'second']);
    });

    it.runIf(engine.usesGivenClock)('becomes due as the clock moves on', async () => {
      await stock();
      const { ledger } = fixture.storage;
      await hold(ledger, 'r1', [line('A', 'x', 1)], MINUTE_MS);
      fixture.clock.ms += MINUTE_MS - 1;
      expect(await ledger.dueReservations(10)).toEqual([]);
      fixture.clock.ms += 1;
      expect(await ledger.dueReservations(10)).toEqual(['r1']);
    });

    it('that is due is shown to a commit that is short of its units', async () => {
      await stock();
      const { ledger } = fixture.storage;
      await hold(ledger, 'second', [line('A', 'x', 2)], -MINUTE_MS);
      await hold(ledger, 'first', [line('A', 'x', 2), line('B', 'x', 2)], -2 * MINUTE_MS);
      await hold(ledger, 'running', [line('A', 'x', 2)], MINUTE_MS);
      const rows = await look({ levels: [line('A', 'x', 5)] });
      expect(rows.dueHolds.get(AX)).toEqual(['first', 'second']);
      expect(sorted(rows.reservations.keys())).toEqual(['first', 'second']);
      // To expire them, their other levels are needed too.
      expect(sorted(rows.levels.keys())).toEqual([AX, BX]);
    });

    it('is not looked for where there is enough', async () => {
      await stock();
      const { ledger } = fixture.storage;
      await hold(ledger, 'r1', [line('A', 'x', 5)], -10);
      const rows = await look({ levels: [line('A', 'x', 5), line('B', 'x', 11)] });
      expect(rows.dueHolds.get(AX) ?? []).toEqual([]);
      expect(rows.dueHolds.get(BX) ?? []).toEqual([]);
      expect(rows.nextReleaseAt.has(AX)).toBe(false);
      expect(rows.reservations.size).toBe(0);
    });

    it('that ends next is told where there is too little', async () => {
      await stock();
      const { ledger, queries } = fixture.storage;
      await hold(ledger, 'due', [line('A', 'x', 1)], -1);
      await hold(ledger, 'last', [line('A', 'x', 1)], 3 * MINUTE_MS);
      await hold(ledger, 'next', [line('A', 'x', 1)], 2 * MINUTE_MS);
      await hold(ledger, 'elsewhere', [line('B', 'x', 1)], MINUTE_MS);
      const rows = await look({ levels: [line('A', 'x', 100)] });
      const next = await queries.reservation('next');
      expect(rows.nextReleaseAt.get(AX)).toBe(next?.expiresAt);
      const none = await look({ levels: [line('C', 'x', 1)] });
      expect(none.nextReleaseAt.size).toBe(0);
    });

    it('that was confirmed is neither due nor the next to end', async () => {
      await stock();
      const { ledger } = fixture.storage;
      await hold(ledger, 'sold', [line('A', 'x', 1)], MINUTE_MS);
      await feed(ledger, [{ type: 'confirm', reservationId: 'sold' }]);
      const rows = await look({ levels: [line('A', 'x', 100)] });
      expect(rows.nextReleaseAt.size).toBe(0);
      expect(rows.dueHolds.get(AX) ?? []).toEqual([]);
    });

    it('shows by its reference and metadata until these are erased', async () => {
      await stock();
      const { ledger, queries } = fixture.storage;
      const told = { reference: 'order 7', metadata: { buyer: 'Ann' } };
      const [noted, plain] = ['r1', 'plain'].map((id) => reserve(id, line('A', 'x', 1)));
      if (!noted || !plain) throw new Error('two were made');
      await feed(ledger, [{ ...noted, ...told }, plain]);
      const read = await ledger.readErasable(['r1', 'plain', 'none']);
      expect(read.get('r1')).toEqual(told);
      const nothing = { reference: null, metadata: null };
      expect(read.get('plain') ?? nothing).toEqual(nothing);
      await feed(ledger, [{ type: 'redact', reservationId: 'r1' }]);
      const erased = await ledger.readErasable(['r1']);
      expect(erased.get('r1') ?? nothing).toEqual(nothing);
      expect(await queries.reservation('r1')).toMatchObject(nothing);
      expect(await queries.reservations({ reference: 'order 7', limit: 5 })).toEqual([]);
    });
  });
}

function sorted(keys: Iterable<string>): string[] {
  return [...keys].sort();
}
