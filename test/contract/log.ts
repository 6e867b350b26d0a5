import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '../../src/domain/events.ts';
import type { EventFilter } from '../../src/queries/store.ts';
import { feed } from '../support/contractFeed.ts';
import { line, move, product, reserve, shop } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

export function describeLog(engine: Engine): void {
  describe('the log', () => {
    const fixture = useDatabase(engine);

    /** 4 notices, then 20 movements: A and B by turns, at x and y by turns of two. Then 2 more of a hold. */
    async function write(): Promise<void> {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), product('B'), shop('x'), shop('y')]);
      for (let round = 0; round < 20; round++) {
        const sku = round % 2 === 0 ? 'A' : 'B';
        const location = round % 4 < 2 ? 'x' : 'y';
        await feed(ledger, [move('receive', sku, location, round + 1)]);
      }
      await feed(ledger, [reserve('r1', line('A', 'x', 1))]);
      await feed(ledger, [{ type: 'extend', reservationId: 'r1', ttlSeconds: 3_600 }]);
    }

    /** Follows pages to the end of the log, as a reader does. */
    async function readAll(limit: number, filter: EventFilter, start = 0): Promise<LoggedEvent[]> {
      const { queries } = fixture.storage;
      const { position: end } = await queries.head();
      const read: LoggedEvent[] = [];
      let after = start;
      while (after < end) {
        const { events, scanned } = await queries.events({ after, limit, ...filter });
        expect(events.length).toBeLessThanOrEqual(limit);
        expect(scanned).toBeGreaterThan(after);
        expect(events.at(-1)?.position ?? 0).toBeLessThanOrEqual(scanned);
        read.push(...events);
        after = scanned;
      }
      return read;
    }

    it.each([1, 7, 1_000])('is read whole and in order, %d at a time', async (limit) => {
      await write();
      const events = await readAll(limit, {});
      expect(events.map(({ position }) => position)).toEqual(numbers(1, 26));
    });

    it('is read on from any position', async () => {
      await write();
      for (const start of [0, 1, 13, 25]) {
        const events = await readAll(10, {}, start);
        expect(events.map(({ position }) => position)).toEqual(numbers(start + 1, 26));
      }
    });

    it.each<[string, EventFilter, number]>([
      ['a sku', { sku: 'A' }, 1 + 10 + 1],
      ['a location', { location: 'y' }, 1 + 10],
      ['a level', { sku: 'A', location: 'y' }, 5],
      ['a type', { types: ['location_created'] }, 2],
      ['several types', { types: ['product_created', 'reserve', 'extend'] }, 4],
      ['a type at a level', { sku: 'A', location: 'x', types: ['reserve'] }, 1],
      ['what there is not', { sku: 'none' }, 0],
      ['no type at all', { types: [] }, 0],
    ])('can be read for %s alone', async (_title, filter, count) => {
      await write();
      const all = await readAll(1_000, {});
      const wanted = all.filter(
        (event) =>
          (filter.sku === undefined || event.sku === filter.sku) &&
          (filter.location === undefined || event.location === filter.location) &&
          (filter.types === undefined || filter.types.includes(event.type)),
      );
      expect(wanted).toHaveLength(count);
      for (const limit of [1, 3, 1_000]) expect(await readAll(limit, filter)).toEqual(wanted);
    });

    it('has nothing after its end', async () => {
      await write();
      const slice = await fixture.storage.queries.events({ after: 26, limit: 10 });
      expect(slice).toEqual({ events: [], scanned: 26 });
    });

    it('shows what is being committed wholly or not at all', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A'), shop('x')]);
      const commits = numbers(1, 20).map(() =>
        feed(ledger, [move('receive', 'A', 'x', 2), move('sell', 'A', 'x', 1)]),
      );
      let running = true;
      const done = Promise.all(commits).finally(() => {
        running = false;
      });
      const sizes: number[] = [];
      while (running) sizes.push(await readSize());
      await done;
      expect(sizes.filter((size) => size % 2 !== 0)).toEqual([]);
      expect(await readSize()).toBe(42);

      async function readSize(): Promise<number> {
        const { events } = await queries.events({ after: 0, limit: 100 });
        return events.length;
      }
    });
  });
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
