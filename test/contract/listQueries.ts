import { describe, expect, it } from 'vitest';
import type { ReservationStatus } from '../../src/domain/reservation.ts';
import type { TransferStatus } from '../../src/domain/transfer.ts';
import { feed } from '../support/contractFeed.ts';
import { dispatch, hold, line, move, product, reserve, shop } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

export function describeListQueries(engine: Engine): void {
  describe('a list', () => {
    const fixture = useDatabase(engine);

    async function stock(): Promise<void> {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), shop('y'), move('receive', 'A', 'x', 100)]);
    }

    it('of reservations is by id, page by page', async () => {
      await stock();
      const { ledger, queries } = fixture.storage;
      await feed(
        ledger,
        ['rb', 'ra', 'rC', 'rd'].map((id) => reserve(id, line('A', 'x', 1))),
      );
      const all = await queries.reservations({ limit: 10 });
      expect(all.map(({ id }) => id)).toEqual(['rC', 'ra', 'rb', 'rd']);
      const [first, second] = all;
      expect(await queries.reservations({ limit: 1, ...(first && { after: first }) })).toEqual([
        second,
      ]);
      for (const row of all) expect(await queries.reservation(row.id)).toEqual(row);
    });

    it('of reservations with a status is by their end, page by page', async () => {
      await stock();
      const { ledger, queries } = fixture.storage;
      const ends = { r1: 3_000_000, r2: 1_000_000, r3: 2_000_000, r4: 1_500_000, due: -1 };
      for (const [id, end] of Object.entries(ends))
        await hold(ledger, id, [line('A', 'x', 1)], end);
      await feed(ledger, [{ type: 'confirm', reservationId: 'r4' }]);
      const held = await queries.reservations({ status: 'held', limit: 10 });
      expect(held.map(({ id }) => id)).toEqual(['due', 'r2', 'r3', 'r1']);
      const [, second] = held;
      const after = { status: 'held', limit: 1, ...(second && { after: second }) } as const;
      expect(await queries.reservations(after)).toEqual(held.slice(2, 3));
    });

    it.each<[ReservationStatus, readonly string[]]>([
      ['held', ['r1']],
      ['confirmed', ['r2']],
      ['fulfilled', ['r3']],
      ['cancelled', ['r4']],
      ['expired', ['r5']],
    ])('of reservations that are %s holds these alone', async (status, ids) => {
      await stock();
      const { ledger, queries } = fixture.storage;
      await feed(
        ledger,
        ['r1', 'r2', 'r3', 'r4'].map((id) => reserve(id, line('A', 'x', 1))),
      );
      await hold(ledger, 'r5', [line('A', 'x', 1)], -1);
      await feed(ledger, [
        { type: 'confirm', reservationId: 'r2' },
        { type: 'confirm', reservationId: 'r3' },
        { type: 'fulfil', reservationId: 'r3' },
        { type: 'cancel', reservationId: 'r4' },
        { type: 'expire', reservationId: 'r5' },
      ]);
      const rows = await queries.reservations({ status, limit: 10 });
      expect(rows.map(({ id }) => id)).toEqual(ids);
      expect(rows.every((row) => row.status === status)).toBe(true);
    });

    it('of reservations can be had by reference', async () => {
      await stock();
      const { ledger, queries } = fixture.storage;
      const references = { r1: 'one', r2: 'two', r3: 'one', r4: 'ONE' };
      for (const [id, reference] of Object.entries(references)) {
        await feed(ledger, [{ ...reserve(id, line('A', 'x', 1)), reference }]);
      }
      await feed(ledger, [{ type: 'confirm', reservationId: 'r1' }]);
      const ofOne = await queries.reservations({ reference: 'one', limit: 10 });
      expect(ofOne.map(({ id }) => id)).toEqual(['r1', 'r3']);
      const held = await queries.reservations({ reference: 'one', status: 'held', limit: 10 });
      expect(held.map(({ id }) => id)).toEqual(['r3']);
    });

    it('of transfers is by id, and may be of one status', async () => {
      await stock();
      const { ledger, queries } = fixture.storage;
      const ids = ['tb', 'ta', 'tC', 'td'];
      await feed(
        ledger,
        ids.map((id) => dispatch(id, 'x', 'y', { sku: 'A', quantity: 2 })),
      );
      await feed(ledger, [
        {
          type: 'receiveTransfer',
          transferId: 'ta',
          lines: [{ sku: 'A', quantity: 1 }],
          reason: 'broken',
        },
        { type: 'cancelTransfer', transferId: 'tb' },
        { type: 'receiveTransfer', transferId: 'tC', lines: [{ sku: 'A', quantity: 1 }] },
      ]);
      const all = await queries.transfers({ limit: 10 });
      expect(all.map(({ id }) => id)).toEqual(['tC', 'ta', 'tb', 'td']);
      expect(await queries.transfers({ limit: 2, after: 'ta' })).toEqual(all.slice(2));
      const ofStatus = async (status: TransferStatus) =>
        (await queries.transfers({ status, limit: 10 })).map(({ id }) => id);
      expect(await ofStatus('in_transit')).toEqual(['tC', 'td']);
      expect(await ofStatus('received')).toEqual(['ta']);
      expect(await ofStatus('cancelled')).toEqual(['tb']);
      expect(await queries.transfer('ta')).toMatchObject({
        from: 'x',
        to: 'y',
        reference: null,
        lines: [{ sku: 'A', quantity: 2, received: 1, lost: 1, returned: 0 }],
      });
      expect(await queries.transfer('none')).toBeUndefined();
    });

    it('of products is by sku, page by page', async () => {
      const { ledger, queries } = fixture.storage;
      const skus = ['A', 'B', 'a', 'ä', '\uFF5E', '\u{1F600}'];
      await feed(
        ledger,
        skus.toReversed().map((sku) => product(sku)),
      );
      const all = await queries.products({ limit: 10 });
      expect(all.map(({ sku }) => sku)).toEqual(skus);
      expect(await queries.products({ limit: 2, after: 'B' })).toEqual(all.slice(2, 4));
    });

    it('of products finds by a part of sku or name, in either letter case', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [
        product('LAMP-1', 'Red light'),
        product('x-2', 'Desk lamp'),
        product('y%3', 'a_b'),
        product('z-4', 'Plain'),
      ]);
      const found = async (query: string) =>
        (await queries.products({ query, limit: 10 })).map(({ sku }) => sku);
      expect(await found('lamp')).toEqual(['LAMP-1', 'x-2']);
      expect(await found('LIGHT')).toEqual(['LAMP-1']);
      expect(await found('%')).toEqual(['y%3']);
      expect(await found('_')).toEqual(['y%3']);
      expect(await found('nothing')).toEqual([]);
      const page = await queries.products({ query: 'lamp', after: 'LAMP-1', limit: 10 });
      expect(page.map(({ sku }) => sku)).toEqual(['x-2']);
    });

    it('of locations is by name of the location, and can be searched', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [
        shop('b', 'Leeds'),
        shop('B', 'York'),
        shop('a', 'North Leeds'),
        shop('ä'),
      ]);
      const all = await queries.locations({ limit: 10 });
      expect(all.map(({ location }) => location)).toEqual(['B', 'a', 'b', 'ä']);
      expect(await queries.locations({ limit: 2, after: 'B' })).toEqual(all.slice(1, 3));
      const leeds = await queries.locations({ query: 'lEEDs', limit: 10 });
      expect(leeds.map(({ location }) => location)).toEqual(['a', 'b']);
    });

    it('of the catalogue shows changes at once', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A', 'old'), shop('x', 'old')]);
      await feed(ledger, [product('A', 'new'), shop('x', 'new')]);
      expect(await queries.products({ limit: 10 })).toMatchObject([{ sku: 'A', name: 'new' }]);
      expect(await queries.locations({ limit: 10 })).toMatchObject([
        { location: 'x', name: 'new' },
      ]);
      expect(await queries.products({ query: 'old', limit: 10 })).toEqual([]);
    });
  });
}
