import { describe, expect, it } from 'vitest';
import { feed } from '../support/contractFeed.ts';
import { line, move, needs, product, reserve, shop, writes } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

const HOUR_MS = 3_600_000;

export function describeTime(engine: Engine): void {
  describe('time in the log', () => {
    const fixture = useDatabase(engine);

    it('of a commit is not before what its decision was shown, nor before any earlier commit', async () => {
      const { ledger } = fixture.storage;
      let last = 0;
      for (let round = 0; round < 5; round++) {
        const { rows, stamp } = await feed(ledger, [product('A', `name ${round}`)]);
        expect(rows.now).toBeGreaterThanOrEqual(last);
        expect(stamp.time).toBeGreaterThanOrEqual(rows.now);
        last = stamp.time;
      }
      expect(await ledger.now()).toBeGreaterThanOrEqual(last);
    });

    it.runIf(engine.usesGivenClock)('follows the clock', async () => {
      const { ledger, queries } = fixture.storage;
      expect(await ledger.now()).toBe(fixture.clock.ms);
      const before = await feed(ledger, [product('A')]);
      fixture.clock.ms += HOUR_MS;
      const after = await feed(ledger, [product('B')]);
      expect(after.rows.now).toBe(fixture.clock.ms);
      expect(after.stamp.time).toBe(before.stamp.time + HOUR_MS);
      expect(await queries.head()).toEqual({ position: 2, time: fixture.clock.ms });
    });

    it.runIf(engine.usesGivenClock)('never runs backward, whatever the clock does', async () => {
      const { ledger } = fixture.storage;
      const { stamp } = await feed(ledger, [product('A')]);
      fixture.clock.ms -= HOUR_MS;
      expect(await ledger.now()).toBe(stamp.time);
      const later = await feed(ledger, [product('B')]);
      expect(later.rows.now).toBe(stamp.time);
      expect(later.stamp.time).toBe(stamp.time);
      const again = await fixture.reopen();
      expect(await again.ledger.now()).toBe(stamp.time);
    });

    it('can be pushed past a moment, so that an answer about the moment is final', async () => {
      const { ledger, queries } = fixture.storage;
      const { stamp } = await feed(ledger, [product('A')]);
      const moment = stamp.time + HOUR_MS;
      await ledger.advanceTime(moment);
      const head = await queries.head();
      expect(head.position).toBe(1);
      expect(head.time).toBeGreaterThan(moment);
      expect(await ledger.now()).toBeGreaterThan(moment);
      const later = await feed(ledger, [product('B')]);
      expect(later.rows.now).toBeGreaterThan(moment);
      expect(later.stamp.time).toBeGreaterThan(moment);
    });

    it('is pushed past the time of the newest event too', async () => {
      const { ledger } = fixture.storage;
      const { stamp } = await feed(ledger, [product('A')]);
      await ledger.advanceTime(stamp.time);
      const later = await feed(ledger, [product('B')]);
      expect(later.stamp.time).toBeGreaterThan(stamp.time);
    });

    it('is not pushed back', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A')]);
      const head = await queries.head();
      await ledger.advanceTime(head.time - 1);
      expect(await queries.head()).toEqual(head);
    });

    it('that was pushed stays so when the database is opened again', async () => {
      const moment = (await fixture.storage.ledger.now()) + HOUR_MS;
      await fixture.storage.ledger.advanceTime(moment);
      const { ledger } = await fixture.reopen();
      expect(await ledger.now()).toBeGreaterThan(moment);
    });

    it('leads to the last position that was written by then', async () => {
      const { ledger, queries } = fixture.storage;
      const times: number[] = [];
      for (const name of ['one', 'two', 'three']) {
        const { stamp } = await feed(ledger, [product('A', name), product('B', name)]);
        times.push(stamp.time);
        await ledger.advanceTime(stamp.time + 10);
      }
      const [first = 0, second = 0, third = 0] = times;
      const asked = [0, first - 1, first, first + 5, second - 1, second, third, third + HOUR_MS];
      const positions = await Promise.all(asked.map((time) => queries.positionAt(time)));
      expect(positions).toEqual([0, 0, 2, 2, 2, 4, 6, 6]);
    });

    it('begins before the first event', async () => {
      const { ledger, queries } = fixture.storage;
      expect(await queries.head()).toMatchObject({ position: 0 });
      expect(await queries.positionAt(Number.MAX_SAFE_INTEGER)).toBe(0);
      expect(await ledger.now()).toBeGreaterThan(0);
    });
  });

  describe('demand that was turned away', () => {
    const fixture = useDatabase(engine);

    it('is added up per level and minute of the commit', async () => {
      const { ledger, queries } = fixture.storage;
      const { stamp } = await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 1)]);
      const lost = { sku: 'A', location: 'x', requests: 2, units: 5 };
      const other = { sku: 'B', location: 'x', requests: 1, units: 1 };
      const times: number[] = [];
      for (const lostDemand of [[lost, other], [lost]]) {
        times.push((await ledger.commit(needs(), () => writes({ lostDemand }))).time);
      }
      const rows = await queries.demand({ limit: 10 });
      const minutes = new Set(times.map((time) => time - (time % 60_000)));
      expect(new Set(rows.map(({ minute }) => minute))).toEqual(minutes);
      const ofA = rows.filter(({ sku }) => sku === 'A');
      expect(ofA.reduce((sum, { units }) => sum + units, 0)).toBe(10);
      expect(ofA.reduce((sum, { requests }) => sum + requests, 0)).toBe(4);
      if (engine.usesGivenClock) expect(ofA).toHaveLength(1);
      expect(await queries.head()).toMatchObject({ position: stamp.firstPosition + 2 });
    });

    it.runIf(engine.usesGivenClock)('comes by minute, sku and location, page by page', async () => {
      const { ledger, queries } = fixture.storage;
      const start = fixture.clock.ms - (fixture.clock.ms % 60_000);
      for (const minute of [0, 1, 2]) {
        fixture.clock.ms = start + minute * 60_000 + 59_999;
        const lostDemand = ['b', 'a'].flatMap((sku) =>
          ['y', 'x'].map((location) => ({ sku, location, requests: 1, units: minute + 1 })),
        );
        await ledger.commit(needs(), () => writes({ lostDemand }));
      }
      const all = await queries.demand({ limit: 100 });
      expect(all.slice(0, 5)).toEqual([
        { minute: start, sku: 'a', location: 'x', requests: 1, units: 1 },
        { minute: start, sku: 'a', location: 'y', requests: 1, units: 1 },
        { minute: start, sku: 'b', location: 'x', requests: 1, units: 1 },
        { minute: start, sku: 'b', location: 'y', requests: 1, units: 1 },
        { minute: start + 60_000, sku: 'a', location: 'x', requests: 1, units: 2 },
      ]);
      const [, , , after] = all;
      expect(await queries.demand({ limit: 100, ...(after && { after }) })).toEqual(all.slice(4));
      const from = start + 60_000;
      expect(await queries.demand({ limit: 100, from, to: from + 60_000 })).toEqual(
        all.slice(4, 8),
      );
      const some = await queries.demand({ limit: 2, sku: 'b', location: 'y', from });
      expect(some.map(({ minute }) => minute)).toEqual([from, from + 60_000]);
    });

    it('is kept when nothing else was written', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A'), shop('x')]);
      const lostDemand = [{ ...line('A', 'x'), requests: 1, units: 4 }];
      await ledger.commit(needs(), () => writes({ lostDemand }));
      expect(await queries.demand({ limit: 9 })).toMatchObject([
        { sku: 'A', requests: 1, units: 4 },
      ]);
      await expect(feed(ledger, [reserve('r1', line('A', 'x', 1))])).rejects.toThrow(
        'insufficient',
      );
      expect(await queries.demand({ limit: 9, sku: 'B' })).toEqual([]);
    });
  });
}
