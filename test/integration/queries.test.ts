import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command, Line, ReserveCommand } from '../../src/domain/commands.ts';
import { isMovement } from '../../src/domain/events.ts';
import type { ShareName } from '../../src/ledger/store.ts';
import { AVAILABILITY_SKUS_MAX } from '../../src/queries/availability.ts';
import { ELSEWHERE_PLACES_MAX, explain } from '../../src/queries/explain.ts';
import { Retirements } from '../../src/queries/retirements.ts';
import type { HoldPage, SharePage, StatementPage } from '../../src/queries/store.ts';
import { everyPage } from '../support/everyPage.ts';
import { ENGINES, QueryStage, START } from '../support/queryStage.ts';

const SKUS = ['Café', 'a/b', 'z'];
const PLACES = ['east', 'north', 'west'];
const MINUTE_MS = 60_000;

const receive = (sku: string, location: string, quantity: number): Command => ({
  type: 'receive',
  sku,
  location,
  quantity,
});

const reserve = (id: string, ttlSeconds: number, ...lines: Line[]): ReserveCommand => ({
  type: 'reserve',
  reservationId: id,
  lines,
  ttlSeconds,
  reference: null,
  metadata: null,
});

const line = (sku: string, location: string, quantity: number): Line => ({
  sku,
  location,
  quantity,
});

describe.each(ENGINES)('the read side, on $name', (engine) => {
  let stage: QueryStage;

  beforeEach(async () => {
    stage = await QueryStage.open(engine);
    await stage.stocked(SKUS, PLACES);
  });
  afterEach(() => stage.close());

  describe('stock', () => {
    it('is listed by SKU and location, byte by byte, and filtered', async () => {
      for (const sku of SKUS) await stage.accept(...PLACES.map((place) => receive(sku, place, 2)));
      const all = await everyPage((paging) => stage.queries.stocks({}, paging), 2);
      const keys = SKUS.flatMap((sku) => PLACES.map((location) => ({ sku, location })));
      expect(all.map(({ sku, location }) => ({ sku, location }))).toEqual(keys);
      const filter = { skus: ['z', 'Café'], location: 'north' };
      const some = await everyPage((paging) => stage.queries.stocks(filter, paging), 1);
      expect(some.map(({ sku, location }) => [sku, location])).toEqual([
        ['Café', 'north'],
        ['z', 'north'],
      ]);
    });

    it('adds up what is on hand', async () => {
      await stage.accept(
        receive('z', 'east', 10),
        { type: 'quarantine', sku: 'z', location: 'east', quantity: 1 },
        reserve('r1', 900, line('z', 'east', 2)),
        reserve('r2', 900, line('z', 'east', 3)),
        { type: 'confirm', reservationId: 'r2' },
      );
      expect(await stage.queries.stock('z', 'east')).toEqual({
        ok: true,
        value: {
          sku: 'z',
          location: 'east',
          onHand: 10,
          available: 4,
          reserved: 2,
          committed: 3,
          unavailable: 1,
          version: 5,
          updatedAt: START,
        },
      });
    });

    it('is not found where nothing was ever received or counted', async () => {
      expect(await stage.queries.stock('z', 'west')).toEqual({
        ok: false,
        refusal: { code: 'stock_not_found', sku: 'z', location: 'west' },
      });
    });
  });

  describe('availability', () => {
    it('is told per location and in all, in the order of the question', async () => {
      await stage.accept(
        receive('z', 'east', 5),
        receive('z', 'west', 4),
        reserve('r1', 900, line('z', 'west', 4)),
        receive('a/b', 'north', 1),
      );
      expect(await stage.queries.availability(['z', 'Café', 'a/b', 'z', 'unknown'])).toEqual([
        {
          sku: 'z',
          available: 5,
          locations: [
            { location: 'east', available: 5 },
            { location: 'west', available: 0 },
          ],
          locationCount: 2,
        },
        { sku: 'Café', available: 0, locations: [], locationCount: 0 },
        {
          sku: 'a/b',
          available: 1,
          locations: [{ location: 'north', available: 1 }],
          locationCount: 1,
        },
        { sku: 'unknown', available: 0, locations: [], locationCount: 0 },
      ]);
    });

    it('is not lessened by a shortfall somewhere else', async () => {
      await stage.accept(receive('z', 'east', 5), receive('z', 'west', 1), {
        type: 'sell',
        sku: 'z',
        location: 'west',
        quantity: 3,
        allowShortfall: true,
      });
      expect(await stage.queries.availability(['z'])).toMatchObject([
        { available: 5, locations: [{ available: 5 }, { available: 0 }] },
      ]);
    });

    it('of nothing is nothing, and of as many SKUs as allowed is answered', async () => {
      await stage.accept(receive('z', 'east', 5));
      expect(await stage.queries.availability([])).toEqual([]);
      const skus = Array.from({ length: AVAILABILITY_SKUS_MAX }, (_, i) => (i ? `sku-${i}` : 'z'));
      const found = await stage.queries.availability(skus);
      expect(found.map(({ available }) => available).filter(Boolean)).toEqual([5]);
      await expect(stage.queries.availability([...skus, 'more'])).rejects.toThrow('201 SKUs');
    });
  });

  describe('the statement of a level', () => {
    it('has each of its movements once, page by page, forward and backward', async () => {
      for (let i = 1; i <= 7; i++) {
        await stage.accept(receive('z', 'east', i), receive('z', 'west', i));
      }
      const { events } = await stage.storage.queries.events({ after: 0, limit: 1_000 });
      const movements = events
        .filter((event) => isMovement(event))
        .filter((event) => event.location === 'east');
      const read = (newestFirst: boolean, limit: number) =>
        everyPage((paging) => stage.queries.statement('z', 'east', { newestFirst }, paging), limit);
      for (const limit of [1, 2, 3, 7, 8, 1_000]) {
        expect(await read(false, limit)).toEqual(movements);
        expect(await read(true, limit)).toEqual(movements.toReversed());
      }
      expect(movements.map((event) => event.balances.available)).toEqual([1, 3, 6, 10, 15, 21, 28]);
    });

    it('goes on where it was when movements come in between', async () => {
      await stage.accept(receive('z', 'east', 1), receive('z', 'east', 2), receive('z', 'east', 3));
      const first = await stage.queries.statement('z', 'east', { newestFirst: true }, { limit: 2 });
      if (!first.ok || first.value.nextCursor === null) throw new Error('there is more');
      await stage.accept(receive('z', 'east', 4));
      const cursor = first.value.nextCursor;
      const rest = await stage.queries.statement('z', 'east', { newestFirst: true }, { cursor });
      expect(rest).toMatchObject({
        ok: true,
        value: { data: [{ quantity: 1 }], nextCursor: null },
      });
      expect(await stage.queries.statement('z', 'east', {}, { cursor })).toEqual({
        ok: false,
        refusal: { code: 'invalid_cursor', cursor },
      });
    });

    it('is not found where there is no level', async () => {
      expect(await stage.queries.statement('z', 'east', {}, {})).toEqual({
        ok: false,
        refusal: { code: 'stock_not_found', sku: 'z', location: 'east' },
      });
    });
  });

  describe('an explanation', () => {
    async function explained(sku: string, location: string, limit = 100) {
      const result = await stage.queries.explain(sku, location, { limit });
      if (!result.ok) throw new Error(result.refusal.code);
      return result.value;
    }

    it('names what the number is made of, and it adds up', async () => {
      await stage.accept(
        receive('z', 'east', 10),
        { type: 'quarantine', sku: 'z', location: 'east', quantity: 1 },
        reserve('r1', 900, line('z', 'east', 2)),
        reserve('r2', 60, line('z', 'east', 3)),
        { type: 'confirm', reservationId: 'r2' },
        receive('z', 'west', 7),
      );
      const { stock, parts, holds, elsewhere } = await explained('z', 'east');
      expect(parts.map(({ kind, quantity }) => [kind, quantity])).toEqual([
        ['available', 4],
        ['reserved', 2],
        ['committed', 3],
        ['unavailable', 1],
      ]);
      expect(parts.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(stock?.onHand);
      expect(parts[0]?.text).toBe('4 units can be promised.');
      expect(holds.data).toEqual([
        {
          kind: 'hold',
          reservationId: 'r1',
          quantity: 2,
          freesUpAt: START + 900_000,
          due: false,
          text: '2 units are held by reservation r1, until 2026-11-20T08:15:00.000Z unless it is confirmed before.',
        },
      ]);
      expect(elsewhere).toEqual({
        available: 7,
        locations: [{ location: 'west', available: 7 }],
        locationCount: 1,
      });
    });

    it('lists every open hold once, page by page, the first to free up first', async () => {
      await stage.accept(receive('z', 'east', 100));
      const ttls = [500, 100, 300, 100, 400];
      for (const [i, ttl] of ttls.entries()) {
        await stage.accept(reserve(`r${i}`, ttl, line('z', 'east', i + 1)));
      }
      expect((await explained('z', 'east')).holds.quantity).toBe(15);
      const holds = await everyPage(async (paging) => {
        const result = await stage.queries.explain('z', 'east', paging);
        return result.ok ? { ok: true, value: result.value.holds } : result;
      }, 2);
      expect(holds.map((hold) => hold.reservationId)).toEqual(['r1', 'r3', 'r2', 'r4', 'r0']);
      expect(holds.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(15);
    });

    it('is of one moment, and says so when the level never stood still', async () => {
      await stage.accept(receive('z', 'east', 100));
      const { queries: rows } = stage.storage;
      let moves = 1;
      const moving = {
        level: (sku: string, location: string) => rows.level(sku, location),
        link: (peer: string) => rows.link(peer),
        shares: (page: SharePage) => rows.shares(page),
        mirroredAt: (share: ShareName, position: number) => rows.mirroredAt(share, position),
        mirrorsAt: (position: number, peers?: readonly string[]) => rows.mirrorsAt(position, peers),
        product: (sku: string) => rows.product(sku),
        statement: (page: StatementPage) => rows.statement(page),
        location: (location: string) => rows.location(location),
        async holds(page: HoldPage) {
          const holds = await rows.holds(page);
          if (moves-- > 0) await stage.accept(reserve(`r${moves}`, 900, line('z', 'east', 1)));
          return holds;
        },
      };
      const retirements = new Retirements(rows);
      const reader = { store: moving, lists: rows, ledger: stage.ledger, retirements };
      const read = () => explain(reader, 'z', 'east', {});
      expect(await read()).toMatchObject({
        value: { changedMeanwhile: false, holds: { quantity: 1, data: [{ reservationId: 'r0' }] } },
      });
      moves = 10;
      expect(await read()).toMatchObject({ value: { changedMeanwhile: true } });
    });

    it('shows a shortfall as what is missing', async () => {
      await stage.accept(receive('z', 'east', 1), {
        type: 'sell',
        sku: 'z',
        location: 'east',
        quantity: 3,
        allowShortfall: true,
      });
      const { parts, stock } = await explained('z', 'east');
      expect(stock?.onHand).toBe(-2);
      expect(parts).toMatchObject([{ kind: 'shortfall', quantity: -2 }]);
    });

    it('of a place where it never was says where else it is', async () => {
      await stage.accept(receive('z', 'west', 7));
      expect(await explained('z', 'east')).toMatchObject({
        stock: null,
        parts: [{ kind: 'never_stocked', quantity: 0 }],
        holds: { data: [], nextCursor: null, quantity: 0 },
        elsewhere: { available: 7 },
      });
    });

    it('names the fullest other places, and counts all', async () => {
      const places = Array.from({ length: ELSEWHERE_PLACES_MAX + 5 }, (_, i) => `place-${i}`);
      await stage.stocked(['z'], places);
      await stage.accept(...places.map((place, i) => receive('z', place, i + 1)));
      const { elsewhere } = await explained('z', 'east');
      expect(elsewhere.locationCount).toBe(places.length);
      expect(elsewhere.available).toBe((places.length * (places.length + 1)) / 2);
      expect(elsewhere.locations.map(({ available }) => available)).toEqual(
        Array.from({ length: ELSEWHERE_PLACES_MAX }, (_, i) => places.length - i),
      );
    });

    it('is not found for an unknown product or location', async () => {
      expect(await stage.queries.explain('none', 'none', {})).toEqual({
        ok: false,
        refusal: { code: 'product_not_found', sku: 'none' },
      });
      expect(await stage.queries.explain('z', 'none', {})).toEqual({
        ok: false,
        refusal: { code: 'location_not_found', location: 'none' },
      });
    });
  });

  it('demand is told per minute and level, page by page, and filtered by time', async () => {
    await stage.accept(receive('z', 'east', 1));
    for (let minute = 0; minute < 3; minute++) {
      await stage.submit(reserve(`x${minute}`, 900, line('z', 'east', 5)));
      await stage.submit(reserve(`y${minute}`, 900, line('z', 'west', 2)));
      await stage.submit(reserve(`w${minute}`, 900, line('z', 'west', 3)));
      await stage.time.advance(MINUTE_MS);
    }
    const rows = await everyPage((paging) => stage.queries.demand({}, paging), 2);
    const perMinute = [0, 1, 2].map((minute) => START + minute * MINUTE_MS);
    expect(rows).toEqual(
      perMinute.flatMap((minute) => [
        { minute, sku: 'z', location: 'east', requests: 1, units: 4 },
        { minute, sku: 'z', location: 'west', requests: 2, units: 5 },
      ]),
    );
    const filter = { location: 'west', from: START + MINUTE_MS, to: START + 2 * MINUTE_MS };
    const some = await everyPage((paging) => stage.queries.demand(filter, paging), 1);
    expect(some.map(({ minute }) => minute)).toEqual([START + MINUTE_MS]);
  });

  it('reservations are found by id, by status in the order of their end, and by reference', async () => {
    await stage.accept(
      receive('z', 'east', 100),
      ...[300, 100, 200].map((ttl, i) => reserve(`r${i}`, ttl, line('z', 'east', 1))),
      { ...reserve('r3', 50, line('z', 'east', 1)), reference: 'order 7' },
      { type: 'confirm', reservationId: 'r0' },
    );
    const ids = async (filter: Parameters<typeof stage.queries.reservations>[0]) =>
      (await everyPage((paging) => stage.queries.reservations(filter, paging), 1)).map(
        ({ id }) => id,
      );
    expect(await ids({})).toEqual(['r0', 'r1', 'r2', 'r3']);
    expect(await ids({ status: 'held' })).toEqual(['r3', 'r1', 'r2']);
    expect(await ids({ reference: 'order 7' })).toEqual(['r3']);
    expect(await stage.queries.reservation('r0')).toMatchObject({
      ok: true,
      value: { id: 'r0', status: 'confirmed' },
    });
    expect(await stage.queries.reservation('r9')).toEqual({
      ok: false,
      refusal: { code: 'reservation_not_found', reservationId: 'r9' },
    });
  });

  it('transfers are found by id and status', async () => {
    const dispatch = (transferId: string): Command => ({
      type: 'dispatch',
      transferId,
      from: 'east',
      to: 'west',
      lines: [{ sku: 'z', quantity: 1 }],
      reference: null,
    });
    await stage.accept(receive('z', 'east', 9), ...['t1', 't2', 't3'].map(dispatch), {
      type: 'receiveTransfer',
      transferId: 't2',
    });
    const ids = async (filter: Parameters<typeof stage.queries.transfers>[0]) =>
      (await everyPage((paging) => stage.queries.transfers(filter, paging), 1)).map(({ id }) => id);
    expect(await ids({})).toEqual(['t1', 't2', 't3']);
    expect(await ids({ status: 'in_transit' })).toEqual(['t1', 't3']);
    expect(await stage.queries.transfer('t2')).toMatchObject({ value: { status: 'received' } });
    expect(await stage.queries.transfer('t9')).toEqual({
      ok: false,
      refusal: { code: 'transfer_not_found', transferId: 't9' },
    });
  });

  it('products and locations are found by identifier, and by part of identifier or name', async () => {
    const { queries } = stage;
    const skus = await everyPage((paging) => queries.products({}, paging), 1);
    expect(skus.map(({ sku }) => sku)).toEqual(SKUS);
    const found = await everyPage((paging) => queries.products({ query: 'CAF' }, paging), 1);
    expect(found.map(({ sku }) => sku)).toEqual(['Café']);
    const places = await everyPage((paging) => queries.locations({ query: 'location' }, paging), 2);
    expect(places.map(({ location }) => location)).toEqual(PLACES);
    expect(await queries.product('a/b')).toMatchObject({ value: { name: 'Product a/b' } });
    expect(await queries.location('east')).toMatchObject({ value: { kind: 'store' } });
    expect(await queries.product('A/B')).toMatchObject({ refusal: { code: 'product_not_found' } });
    expect(await queries.location('')).toMatchObject({ refusal: { code: 'location_not_found' } });
  });
});
