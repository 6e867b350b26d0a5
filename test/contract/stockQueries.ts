import { describe, expect, it } from 'vitest';
import type { LevelRow } from '../../src/ledger/books.ts';
import { feed } from '../support/contractFeed.ts';
import { hold, line, move, product, reserve, shop } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

/** In the order of their UTF-8 bytes, which is neither that of an alphabet nor that of UTF-16. */
const SKUS = ['A', 'B', 'a', 'b', 'ä', '\uFF5E', '\u{1F600}'];
const LOCATIONS = ['X', 'x', '商'];
const LEVELS = SKUS.flatMap((sku) => LOCATIONS.map((location) => ({ sku, location })));

export function describeStockQueries(engine: Engine): void {
  describe('stock', () => {
    const fixture = useDatabase(engine);

    async function stockAll(): Promise<void> {
      const { ledger } = fixture.storage;
      await feed(ledger, [...SKUS.map((sku) => product(sku)), ...LOCATIONS.map((at) => shop(at))]);
      const shuffled = [...LEVELS].reverse();
      await feed(
        ledger,
        shuffled.map(({ sku, location }) => move('receive', sku, location, 10)),
      );
    }

    it('that was never there is no level', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A'), shop('x')]);
      expect(await queries.level('A', 'x')).toBeUndefined();
      expect(await queries.levelAt('A', 'x', 2)).toBeUndefined();
      expect(await queries.levels({ limit: 10 })).toEqual([]);
      expect(await queries.statement({ sku: 'A', location: 'x', limit: 10 })).toEqual([]);
    });

    it('of a level is what its newest movement left', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 10)]);
      await feed(ledger, [reserve('r1', line('A', 'x', 3)), move('quarantine', 'A', 'x', 2)]);
      const { stamp } = await feed(ledger, [
        { type: 'confirm', reservationId: 'r1', lines: [line('A', 'x', 1)] },
      ]);
      expect(await queries.level('A', 'x')).toEqual({
        sku: 'A',
        location: 'x',
        available: 7,
        reserved: 0,
        committed: 1,
        unavailable: 2,
        version: 5,
        updatedAt: stamp.time,
      });
    });

    it('as of a position is what the newest movement up to it left', async () => {
      const { ledger, queries } = fixture.storage;
      const told = new Map<number, LevelRow | undefined>();
      const commands = [
        product('A'),
        shop('x'),
        move('receive', 'A', 'x', 10),
        product('B'),
        move('receive', 'B', 'x', 99),
        move('sell', 'A', 'x', 4),
        reserve('r1', line('A', 'x', 2)),
      ];
      for (const command of commands) {
        const { stamp } = await feed(ledger, [command]);
        told.set(stamp.firstPosition, await queries.level('A', 'x'));
      }
      for (const [position, level] of told) {
        expect(await queries.levelAt('A', 'x', position)).toEqual(level);
      }
      expect(await queries.levelAt('A', 'x', 0)).toBeUndefined();
      expect(await queries.levelAt('A', 'x', 1_000)).toEqual(await queries.level('A', 'x'));
    });

    it('is listed by sku and location in the order of their bytes', async () => {
      await stockAll();
      const rows = await fixture.storage.queries.levels({ limit: 100 });
      expect(rows.map(place)).toEqual(LEVELS);
    });

    it.each([1, 4, 21])('is listed in pages of %d', async (limit) => {
      await stockAll();
      const { queries } = fixture.storage;
      const { position } = await queries.head();
      for (const asOf of [{}, { position }]) {
        const pages = await collect((after?: LevelRow) =>
          queries.levels({ limit, ...asOf, ...(after && { after: place(after) }) }),
        );
        expect(pages.map(place)).toEqual(LEVELS);
      }
    });

    it('is listed for a location, and for some skus', async () => {
      await stockAll();
      const { queries } = fixture.storage;
      const { position } = await queries.head();
      for (const asOf of [{}, { position }]) {
        const atX = await queries.levels({ ...asOf, location: 'x', limit: 100 });
        expect(atX.map(({ sku }) => sku)).toEqual(SKUS);
        const ofTwo = await queries.levels({ ...asOf, skus: ['ä', 'B', 'none'], limit: 100 });
        expect(ofTwo.map(place)).toEqual(LEVELS.filter(({ sku }) => sku === 'ä' || sku === 'B'));
        const both = await queries.levels({ ...asOf, skus: ['B', 'a'], location: 'X', limit: 100 });
        expect(both.map(({ sku }) => sku)).toEqual(['B', 'a']);
        expect(await queries.levels({ ...asOf, skus: [], limit: 100 })).toEqual([]);
        const later = { after: { sku: 'B', location: 'x' }, limit: 2 };
        const paged = await queries.levels({ ...asOf, location: 'x', ...later });
        expect(paged.map(({ sku }) => sku)).toEqual(['a', 'b']);
      }
    });

    it('is listed as a position left it, without what came to be only later', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A'), product('B'), shop('x')]);
      await feed(ledger, [move('receive', 'A', 'x', 10)]);
      const before = await queries.levels({ limit: 10 });
      const { position } = await queries.head();
      await feed(ledger, [move('sell', 'A', 'x', 3), move('receive', 'B', 'x', 5)]);
      expect(await queries.levels({ limit: 10, position })).toEqual(before);
      expect(await queries.levels({ limit: 10, position: 3 })).toEqual([]);
      const now = await queries.levels({ limit: 10, position: 1_000 });
      expect(now).toEqual(await queries.levels({ limit: 10 }));
    });

    it('has a statement, forward and backward, page by page', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A'), product('B'), shop('x')]);
      for (let round = 0; round < 5; round++) {
        await feed(ledger, [move('receive', 'A', 'x', 2), move('receive', 'B', 'x', 1)]);
      }
      const level = { sku: 'A', location: 'x' };
      const all = await queries.statement({ ...level, limit: 100 });
      expect(all.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
      expect(all.map(({ position }) => position)).toEqual([4, 6, 8, 10, 12]);
      expect(all.map(({ balances }) => balances.available)).toEqual([2, 4, 6, 8, 10]);
      const { events } = await queries.events({ after: 0, limit: 100, ...level });
      expect(events).toEqual(all);
      const next = await queries.statement({ ...level, after: 6, limit: 2 });
      expect(next).toEqual(all.slice(2, 4));
      const newest = await queries.statement({ ...level, newestFirst: true, limit: 2 });
      expect(newest).toEqual([all[4], all[3]]);
      const older = { ...level, newestFirst: true, after: 10, limit: 2 };
      expect(await queries.statement(older)).toEqual([all[2], all[1]]);
      const first = { ...level, newestFirst: true, after: 4, limit: 2 };
      expect(await queries.statement(first)).toEqual([]);
      expect(await queries.statement({ ...level, after: 12, limit: 2 })).toEqual([]);
    });

    it('shows its holds by their end, page by page', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A'), product('B'), shop('x')]);
      await feed(ledger, [move('receive', 'A', 'x', 100), move('receive', 'B', 'x', 100)]);
      await hold(ledger, 'r3', [line('A', 'x', 3)], 3_000_000);
      await hold(ledger, 'r1', [line('A', 'x', 1), line('B', 'x', 9)], 1_000_000);
      await hold(ledger, 'r2', [line('A', 'x', 2)], 2_000_000);
      const level = { sku: 'A', location: 'x' };
      const holds = await queries.holds({ ...level, limit: 10 });
      expect(holds.map(({ reservationId }) => reservationId)).toEqual(['r1', 'r2', 'r3']);
      expect(holds.map(({ quantity }) => quantity)).toEqual([1, 2, 3]);
      const [first] = holds;
      const after = { ...level, limit: 1, ...(first && { after: first }) };
      expect(await queries.holds(after)).toEqual(holds.slice(1, 2));
    });

    it('shows holds that end together by their id', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 100)]);
      const ids = ['rb', 'ra', 'rC', 'rd'];
      await feed(
        ledger,
        ids.map((id) => reserve(id, line('A', 'x', 1))),
      );
      const level = { sku: 'A', location: 'x' };
      const holds = await collect((after?: { expiresAt: number; reservationId: string }) =>
        queries.holds({ ...level, limit: 1, ...(after && { after }) }),
      );
      expect(holds.map(({ reservationId }) => reservationId)).toEqual(['rC', 'ra', 'rb', 'rd']);
    });
  });
}

function place({ sku, location }: { readonly sku: string; readonly location: string }) {
  return { sku, location };
}

/** All rows of a list, page by page. */
async function collect<T>(page: (after?: T) => Promise<readonly T[]>): Promise<T[]> {
  const rows: T[] = [];
  for (;;) {
    const found = await page(rows.at(-1));
    if (found.length === 0) return rows;
    rows.push(...found);
  }
}
