import { describe, expect, it } from 'vitest';
import { emptyLevel, levelKey } from '../../src/domain/stock.ts';
import { StoreConflictError } from '../../src/ledger/errors.ts';
import type { Rows, Writes } from '../../src/ledger/store.ts';
import { decideOn, feed } from '../support/contractFeed.ts';
import {
  dispatch,
  hold,
  line,
  move,
  needs,
  product,
  reserve,
  shop,
  writes,
} from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

const BASICS = [product('A'), product('B'), shop('x'), shop('y')];

export function describeCommits(engine: Engine): void {
  describe('a commit', () => {
    const fixture = useDatabase(engine);

    it('is shown what it needs, and nothing for what is not there', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [
        ...BASICS,
        move('receive', 'A', 'x', 10),
        reserve('r1', line('A', 'x', 2)),
      ]);
      const rows = await look(
        needs({
          products: ['A', 'none'],
          locations: ['x', 'none'],
          levels: [line('A', 'x'), line('B', 'x')],
          reservations: ['r1', 'none'],
          transfers: ['none'],
          keys: [{ actor: 'ann', key: 'none' }],
        }),
      );
      expect([...rows.products.keys()]).toEqual(['A']);
      expect([...rows.locations.keys()]).toEqual(['x']);
      expect([...rows.levels.values()]).toMatchObject([
        {
          sku: 'A',
          location: 'x',
          available: 8,
          reserved: 2,
          committed: 0,
          unavailable: 0,
          version: 2,
        },
      ]);
      expect([...rows.reservations.keys()]).toEqual(['r1']);
      expect(rows.transfers.size).toBe(0);
      expect(rows.keys.size).toBe(0);
      expect(rows.inUse).toBeNull();
    });

    it('is shown the levels of the reservations and transfers that it names', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [...BASICS, move('receive', 'A', 'x', 9), move('receive', 'B', 'y', 9)]);
      await feed(ledger, [reserve('r1', line('A', 'x', 1), line('B', 'y', 1))]);
      await feed(ledger, [dispatch('t1', 'x', 'y', { sku: 'A', quantity: 3 })]);
      await feed(ledger, [
        { type: 'receiveTransfer', transferId: 't1', lines: [{ sku: 'A', quantity: 1 }] },
      ]);
      const ofReservation = await look(needs({ reservations: ['r1'] }));
      expect(sorted(ofReservation.levels.keys())).toEqual([levelKey('A', 'x'), levelKey('B', 'y')]);
      const ofTransfer = await look(needs({ transfers: ['t1'] }));
      expect(sorted(ofTransfer.levels.keys())).toEqual([levelKey('A', 'x'), levelKey('A', 'y')]);
    });

    it('numbers its events on from the last position, without a gap', async () => {
      const { ledger, queries } = fixture.storage;
      const first = await feed(ledger, [product('A'), shop('x')]);
      const second = await feed(ledger, [move('receive', 'A', 'x', 5), move('sell', 'A', 'x', 1)]);
      const third = await feed(ledger, [move('receive', 'A', 'x', 1)]);
      expect([first, second, third].map(({ stamp }) => stamp.firstPosition)).toEqual([1, 3, 5]);
      const { events } = await queries.events({ after: 0, limit: 10 });
      expect(events.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
      expect(events.map(({ type }) => type)).toEqual([
        'product_created',
        'location_created',
        'receive',
        'sell',
        'receive',
      ]);
    });

    it('writes its events as they were decided, all with its one time', async () => {
      const { ledger, queries } = fixture.storage;
      const { stamp, writes: written } = await feed(ledger, [
        ...BASICS,
        move('receive', 'A', 'x', 5),
      ]);
      const { events } = await queries.events({ after: 0, limit: 10 });
      expect(events).toEqual(
        written.events.map((event, index) => ({
          ...event,
          position: stamp.firstPosition + index,
          time: stamp.time,
        })),
      );
    });

    it('gives its time to what it made and changed', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [...BASICS, move('receive', 'A', 'x', 9)]);
      const made = await feed(ledger, [
        reserve('r1', line('A', 'x', 1)),
        dispatch('t1', 'x', 'y', { sku: 'A', quantity: 3 }),
      ]);
      fixture.clock.ms += 60_000;
      const changed = await feed(ledger, [
        { type: 'confirm', reservationId: 'r1' },
        { type: 'receiveTransfer', transferId: 't1' },
      ]);
      const times = { createdAt: made.stamp.time, updatedAt: changed.stamp.time };
      expect(await queries.reservation('r1')).toMatchObject({ ...times, status: 'confirmed' });
      expect(await queries.transfer('t1')).toMatchObject({ ...times, status: 'received' });
      expect(await queries.level('A', 'x')).toMatchObject({ updatedAt: changed.stamp.time });
    });

    it('that writes nothing answers with the position to come and leaves the log alone', async () => {
      const { ledger, queries } = fixture.storage;
      expect(await ledger.commit(needs(), () => writes())).toMatchObject({ firstPosition: 1 });
      await feed(ledger, BASICS);
      expect(await ledger.commit(needs(), () => writes())).toMatchObject({ firstPosition: 5 });
      expect(await queries.head()).toMatchObject({ position: 4 });
    });

    it('removes the rows that it was told to remove', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, BASICS);
      await feed(ledger, [{ type: 'deleteProduct', sku: 'A' }]);
      await feed(ledger, [{ type: 'deleteLocation', location: 'x' }]);
      expect(await queries.product('A')).toBeUndefined();
      expect(await queries.location('x')).toBeUndefined();
      const rows = await look(needs({ products: ['A', 'B'], locations: ['x', 'y'] }));
      expect([...rows.products.keys(), ...rows.locations.keys()]).toEqual(['B', 'y']);
    });

    it('may make and remove the same thing', async () => {
      const { ledger, queries } = fixture.storage;
      const made = await decideOn(ledger, [product('A')]);
      const gone = { before: undefined, after: undefined };
      await ledger.commit(needs({ products: ['C'] }), () =>
        writes({ events: made.writes.events, products: new Map([['C', gone]]) }),
      );
      expect(await queries.product('C')).toBeUndefined();
      expect(await queries.head()).toMatchObject({ position: 2 });
    });

    it('whose decision fails passes the error on and writes nothing', async () => {
      const { ledger, queries } = fixture.storage;
      const failure = new Error('no decision');
      const failing = ledger.commit(needs({ products: ['A'] }), () => {
        throw failure;
      });
      await expect(failing).rejects.toBe(failure);
      expect(await queries.head()).toMatchObject({ position: 0 });
      await feed(ledger, BASICS);
    });

    it('on another version than the level has is a conflict, and nothing of it is written', async () => {
      const { ledger, queries, books } = fixture.storage;
      await feed(ledger, [...BASICS, move('receive', 'A', 'x', 10)]);
      const before = await books.inspect((view) => view.counts());
      const writing = ledger.commit(everythingNeeded(), (rows) => staleWrites(rows, 7));
      await expect(writing).rejects.toBeInstanceOf(StoreConflictError);
      expect(await books.inspect((view) => view.counts())).toEqual(before);
      expect(await queries.level('A', 'x')).toMatchObject({ available: 10, version: 1 });
      expect(await queries.product('A')).toMatchObject({ name: 'Product A' });
      expect(await queries.demand({ limit: 10 })).toEqual([]);
      expect((await look(everythingNeeded())).keys.size).toBe(0);
    });

    it('that makes a level which is there already is a conflict', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [...BASICS, move('receive', 'A', 'x', 10)]);
      const writing = ledger.commit(everythingNeeded(), (rows) => staleWrites(rows, 0));
      await expect(writing).rejects.toBeInstanceOf(StoreConflictError);
      expect(await queries.level('A', 'x')).toMatchObject({ available: 10, version: 1 });
    });

    it('does not stand in the way of the next when it met a conflict', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [...BASICS, move('receive', 'A', 'x', 10)]);
      const stale = ledger.commit(everythingNeeded(), (rows) => staleWrites(rows, 7));
      const sound = feed(ledger, [move('receive', 'A', 'x', 1)]);
      await expect(stale).rejects.toBeInstanceOf(StoreConflictError);
      expect(await sound).toMatchObject({ stamp: { firstPosition: 6 } });
    });

    it('sees all of the one before: many at once lose no update', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [...BASICS, move('receive', 'A', 'x', 30)]);
      const sales = Array.from({ length: 40 }, () => decideOn(ledger, [move('sell', 'A', 'x', 1)]));
      const sold = (await Promise.all(sales)).filter(({ writes: { events } }) => events.length > 0);
      expect(sold).toHaveLength(30);
      expect(await queries.level('A', 'x')).toMatchObject({ available: 0, version: 31 });
    });

    it('sees what another one makes at the same moment', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [...BASICS, move('receive', 'B', 'x', 10)]);
      const twins = [1, 2, 3, 4].flatMap(() => [
        decideOn(ledger, [move('receive', 'A', 'y', 1)]),
        decideOn(ledger, [reserve('r1', line('B', 'x', 1))]),
        decideOn(ledger, [product('C'), shop('z')]),
      ]);
      const events = (await Promise.all(twins)).map((fed) => fed.writes.events.length);
      expect(events.reduce((sum, count) => sum + count)).toBe(4 + 1 + 2);
      expect(await queries.level('A', 'y')).toMatchObject({ available: 4, version: 4 });
      expect(await queries.level('B', 'x')).toMatchObject({ reserved: 1, version: 2 });
    });

    it('takes thousands of events and lines', async () => {
      const { ledger, queries } = fixture.storage;
      const skus = Array.from({ length: 2_000 }, (_, index) => `sku-${index}`);
      await feed(ledger, [shop('x'), ...skus.map((sku) => product(sku))]);
      const stocked = await feed(
        ledger,
        skus.map((sku) => move('receive', sku, 'x', 5)),
      );
      expect(stocked.stamp.firstPosition).toBe(2_002);
      await feed(ledger, [reserve('r1', ...skus.map((sku) => line(sku, 'x', 2)))]);
      const held = await queries.reservation('r1');
      expect(held?.lines.map(({ sku }) => sku)).toEqual(skus);
      await feed(ledger, [{ type: 'confirm', reservationId: 'r1' }]);
      expect(await queries.level('sku-1999', 'x')).toMatchObject({ available: 3, committed: 2 });
      expect(await queries.head()).toMatchObject({ position: 8_001 });
    });

    it('is still there after the database was closed and opened again', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [...BASICS, move('receive', 'A', 'x', 10)]);
      await hold(ledger, 'r1', [line('A', 'x', 3)], 60_000);
      const { ledger: again, queries, node } = await fixture.reopen();
      expect(node).toBe('leeds');
      expect(await queries.level('A', 'x')).toMatchObject({
        available: 7,
        reserved: 3,
        version: 2,
      });
      expect(await queries.reservation('r1')).toMatchObject({ status: 'held' });
      const next = await feed(again, [move('receive', 'A', 'x', 1)]);
      expect(next.stamp.firstPosition).toBe(7);
    });

    /** What a commit is shown. */
    async function look(wanted: ReturnType<typeof needs>): Promise<Rows> {
      const seen: Rows[] = [];
      await fixture.storage.ledger.commit(wanted, (rows) => {
        seen.push(rows);
        return writes();
      });
      const [rows] = seen;
      if (rows === undefined) throw new Error('a commit decides');
      return rows;
    }
  });
}

const KEY = { actor: 'ann', key: 'k1' };

function everythingNeeded(): ReturnType<typeof needs> {
  return needs({
    products: ['A'],
    locations: ['x'],
    levels: [line('A', 'x')],
    reservations: ['r1'],
    keys: [KEY],
  });
}

/** Every kind of row, and among them a level that was decided on a version that it does not have. */
function staleWrites(rows: Rows, version: number): Writes {
  const known = rows.levels.get(levelKey('A', 'x')) ?? emptyLevel('A', 'x');
  const stale = version === 0 ? undefined : { ...known, version };
  const after = { ...known, available: 3, version: version + 1 };
  const product = rows.products.get('A');
  const renamed = product && { ...product, name: 'renamed' };
  return writes({
    events: [
      {
        type: 'sell',
        sku: 'A',
        location: 'x',
        quantity: 7,
        from: 'available',
        to: 'customer',
        reservationId: null,
        details: null,
        actor: 'ann',
        requestId: 'request-1',
        version: version + 1,
        balances: { available: 3, reserved: 0, committed: 0, unavailable: 0 },
      },
    ],
    levels: new Map([[levelKey('A', 'x'), { before: stale, after }]]),
    products: new Map([['A', { before: product, after: renamed }]]),
    keys: [{ ...KEY, fingerprint: 'f', outcome: { refusedAt: null, outcomes: [] }, stamp: null }],
    lostDemand: [{ sku: 'A', location: 'x', requests: 1, units: 1 }],
  });
}

function sorted(keys: Iterable<string>): string[] {
  return [...keys].sort();
}
