import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '../../src/domain/events.ts';
import type { BookCounts, Books, BooksWriter } from '../../src/ledger/books.ts';
import { rebuildBooks } from '../../src/ledger/rebuild.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { fillBusyBook } from '../support/contractBook.ts';
import { feed } from '../support/contractFeed.ts';
import { line, move, product, reserve, shop } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

const EMPTY: BookCounts = {
  head: 0,
  events: 0,
  levels: 0,
  reservations: 0,
  holds: 0,
  transfers: 0,
  products: 0,
  locations: 0,
  shares: 0,
};

export function describeBooks(engine: Engine): void {
  describe('the books', () => {
    const fixture = useDatabase(engine);

    const counts = (): Promise<BookCounts> =>
      fixture.storage.books.inspect((view) => view.counts());

    it('are empty at first', async () => {
      expect(await counts()).toEqual(EMPTY);
      expect(await verifyBooks(fixture.storage.books)).toMatchObject({
        events: 0,
        findingCount: 0,
      });
    });

    it('count what there is', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), product('B'), shop('x')]);
      await feed(ledger, [move('receive', 'A', 'x', 9), move('receive', 'B', 'x', 9)]);
      await feed(ledger, [reserve('r1', line('A', 'x', 1), line('B', 'x', 1))]);
      await feed(ledger, [reserve('r2', line('A', 'x', 1))]);
      await feed(ledger, [{ type: 'confirm', reservationId: 'r2' }]);
      expect(await counts()).toEqual({
        head: 9,
        events: 9,
        levels: 2,
        reservations: 2,
        holds: 2,
        transfers: 0,
        products: 2,
        locations: 1,
        shares: 0,
      });
    });

    it('do not count a level that was looked at and never stocked', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x')]);
      await expect(feed(ledger, [move('sell', 'A', 'x', 1)])).rejects.toThrow('insufficient_stock');
      expect(await counts()).toMatchObject({ levels: 0 });
    });

    it('show the same rows as the queries', async () => {
      await fillBusyBook(fixture.storage.ledger);
      const { books, queries } = fixture.storage;
      await books.inspect(async (view) => {
        for (const row of await queries.levels({ limit: 100 })) {
          expect(await view.level(row.sku, row.location)).toEqual(row);
          expect(await view.heldUnits(row.sku, row.location)).toBe(row.reserved);
        }
        for (const row of await queries.reservations({ limit: 100 })) {
          expect(await view.reservation(row.id)).toEqual(row);
        }
        for (const row of await queries.transfers({ limit: 100 })) {
          expect(await view.transfer(row.id)).toEqual(row);
        }
        expect(await view.product('A')).toEqual(await queries.product('A'));
        expect(await view.location('x')).toEqual(await queries.location('x'));
        const { events } = await queries.events({ after: 0, limit: 1_000 });
        expect(await readAll(view, 7)).toEqual(events);
      });
    });

    it('do not change while they are looked at, and the ledger goes on beside it', async () => {
      const { ledger, books, queries } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 9)]);
      await books.inspect(async (view) => {
        const before = await snapshot(view);
        await feed(ledger, [reserve('r1', line('A', 'x', 4)), product('B')]);
        expect(await snapshot(view)).toEqual(before);
        expect(await queries.level('A', 'x')).toMatchObject({ reserved: 4 });
      });
      expect(await counts()).toMatchObject({ head: 5, reservations: 1, holds: 1 });
    });

    it('can be looked at again after a look that failed', async () => {
      const { books } = fixture.storage;
      const failure = new Error('looked away');
      const failing = books.inspect(() => Promise.reject(failure));
      await expect(failing).rejects.toBe(failure);
      expect(await counts()).toEqual(EMPTY);
    });

    it('of a busy day are right', async () => {
      await fillBusyBook(fixture.storage.ledger);
      const report = await verifyBooks(fixture.storage.books);
      expect(report.findings).toEqual([]);
      const { levels, reservations, transfers, products, locations, events } = await counts();
      expect(report).toMatchObject({
        findingCount: 0,
        events,
        levels,
        reservations,
        transfers,
        products,
        locations,
      });
    });

    it('rebuilt from the log are what they were, reference and metadata included', async () => {
      const { ledger, books } = fixture.storage;
      await fillBusyBook(ledger);
      const [rows, before] = [await everything(fixture.storage), await counts()];
      const report = await rebuildBooks(books);
      expect(await everything(fixture.storage)).toEqual(rows);
      expect(await counts()).toEqual(before);
      expect(report).toEqual({
        events: before.events,
        levels: before.levels,
        reservations: before.reservations,
        transfers: before.transfers,
        products: before.products,
        locations: before.locations,
        shares: before.shares,
      });
      expect(await verifyBooks(books)).toMatchObject({ findings: [], findingCount: 0 });
    });

    it('rebuilt are worked on as before', async () => {
      const { ledger, books, queries } = fixture.storage;
      await fillBusyBook(ledger);
      await rebuildBooks(books);
      expect(await ledger.dueReservations(10)).toEqual(['due']);
      await feed(ledger, [
        { type: 'expire', reservationId: 'due' },
        { type: 'confirm', reservationId: 'held' },
        { type: 'receiveTransfer', transferId: 'part' },
      ]);
      expect(await queries.reservation('held')).toMatchObject({ status: 'confirmed' });
      expect(await verifyBooks(books)).toMatchObject({ findings: [] });
    });

    it('stand as before when a rebuild fails', async () => {
      const { ledger, books } = fixture.storage;
      await fillBusyBook(ledger);
      const rows = await everything(fixture.storage);
      const failure = new Error('the power went');
      const failing = books.rebuild(async (_view, writer: BooksWriter) => {
        await writer.putLevels([]);
        await writer.putProducts([
          { sku: 'Z', name: 'Z', description: null, category: null, attributes: null },
        ]);
        throw failure;
      });
      await expect(failing).rejects.toBe(failure);
      expect(await everything(fixture.storage)).toEqual(rows);
      await feed(ledger, [move('receive', 'A', 'x', 1)]);
    });

    it('rebuilt by nobody are empty, and the log remains', async () => {
      const { ledger, books } = fixture.storage;
      await fillBusyBook(ledger);
      const { events, head } = await counts();
      await books.rebuild(async (view) => {
        expect(await view.counts()).toEqual({ ...EMPTY, events, head });
        expect(await view.reservation('held')).toBeUndefined();
      });
      expect(await counts()).toEqual({ ...EMPTY, events, head });
      await rebuildBooks(books);
      expect(await verifyBooks(books)).toMatchObject({ findings: [] });
    });

    it('rebuilt show what was written so far, and a row put again is replaced', async () => {
      const { ledger, books, queries } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 9)]);
      await feed(ledger, [{ ...reserve('r1', line('A', 'x', 1)), reference: 'order' }]);
      const row = await queries.reservation('r1');
      if (row === undefined) throw new Error('it was made');
      await books.rebuild(async (view, writer) => {
        await writer.putReservations([row]);
        expect(await view.reservation('r1')).toEqual(row);
        await writer.putReservations([{ ...row, updatedAt: row.updatedAt + 1, reference: null }]);
        expect(await view.counts()).toMatchObject({ reservations: 1, holds: 1 });
      });
      const again = { ...row, updatedAt: row.updatedAt + 1, reference: 'order' };
      expect(await queries.reservation('r1')).toEqual(again);
    });
  });
}

async function readAll(view: Pick<Books, 'events'>, limit: number): Promise<LoggedEvent[]> {
  const read: LoggedEvent[] = [];
  for (;;) {
    const page = await view.events(read.at(-1)?.position ?? 0, limit);
    if (page.length === 0) return read;
    read.push(...page);
  }
}

async function snapshot(view: Books) {
  return {
    counts: await view.counts(),
    events: await view.events(0, 100),
    level: await view.level('A', 'x'),
    held: await view.heldUnits('A', 'x'),
    reservation: await view.reservation('r1'),
    product: await view.product('B'),
  };
}

async function everything({ queries }: Storage) {
  const page = { limit: 1_000 };
  const levels = await queries.levels(page);
  return {
    head: await queries.head(),
    levels,
    holds: await Promise.all(
      levels.map(({ sku, location }) => queries.holds({ sku, location, ...page })),
    ),
    reservations: await queries.reservations(page),
    transfers: await queries.transfers(page),
    products: await queries.products(page),
    locations: await queries.locations(page),
  };
}
