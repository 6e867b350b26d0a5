import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LedgerFrozenError } from '../../src/ledger/errors.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { DatabaseRefusedError } from '../../src/storage/refused.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { dumpText, restoreText } from '../support/carry.ts';
import { fillBusyBook } from '../support/contractBook.ts';
import { ManualClock } from '../support/contractClock.ts';
import { ENGINES } from '../support/contractEngines.ts';
import { decideOn, feed } from '../support/contractFeed.ts';
import { fillLinkedBook, linkedRows, meet } from '../support/contractLinks.ts';
import { hold, line, move, product, reserve, shop } from '../support/contractRows.ts';
import { type Engine, type TestDatabase, useDatabase } from './engine.ts';

const CLAIMED = { key: 'k1', fingerprint: 'f1' };
const SALE = move('sell', 'A', 'x', 1);

/** A busy book with everything that the log does not hold: keys, demand, and a time past the last event. */
async function fill({ ledger }: Storage): Promise<void> {
  await fillBusyBook(ledger);
  await decideOn(ledger, [SALE], { key: CLAIMED });
  await decideOn(ledger, [SALE, SALE], { actor: 'zoe', key: { key: 'k0', fingerprint: 'f0' } });
  await decideOn(ledger, [reserve('greedy', line('A', 'x', 10_000), line('B', 'y', 10_000))]);
  await decideOn(ledger, [reserve('greedy', line('A', 'x', 5_000))]);
  await ledger.advanceTime((await ledger.now()) + 60_000);
}

export function describeArchive(engine: Engine): void {
  describe('a frozen ledger', () => {
    const fixture = useDatabase(engine);

    it('takes nothing, says why, and goes on when it is thawed', async () => {
      const { archive, ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 9)]);
      expect(await archive.frozen()).toBeNull();
      const freeze = await archive.freeze('moved');
      expect(freeze).toMatchObject({ reason: 'moved', time: expect.any(Number) });
      expect(await archive.frozen()).toEqual(freeze);
      const refused = { name: 'LedgerFrozenError', reason: 'moved' };
      await expect(feed(ledger, [SALE])).rejects.toMatchObject(refused);
      await expect(ledger.dueReservations(10)).rejects.toMatchObject(refused);
      await archive.thaw();
      expect(await archive.frozen()).toBeNull();
      await feed(ledger, [SALE]);
      expect(await ledger.dueReservations(10)).toEqual([]);
    });

    it('stays frozen for its first reason, over a restart', async () => {
      const { archive } = fixture.storage;
      const freeze = await archive.freeze('copy');
      expect(await archive.freeze('moved')).toEqual(freeze);
      const { archive: again, ledger } = await fixture.reopen();
      expect(await again.frozen()).toEqual(freeze);
      await expect(feed(ledger, [product('A')])).rejects.toMatchObject({ reason: 'copy' });
    });

    it('keeps idempotency records, and answers what was answered', async () => {
      const { archive, ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 9)]);
      const first = await decideOn(ledger, [SALE], { key: CLAIMED });
      await archive.freeze('moved');
      fixture.clock.ms += 86_400_000;
      const pruning = ledger.pruneKeys((await ledger.now()) + 1, 10);
      await expect(pruning).rejects.toBeInstanceOf(LedgerFrozenError);
      const again = await decideOn(ledger, [SALE], { key: CLAIMED });
      expect(again.answer).toMatchObject({ replay: { fingerprint: 'f1', stamp: first.stamp } });
    });

    it('can be read, and answers about the past are final', async () => {
      const { archive, ledger, queries, books } = fixture.storage;
      await fillBusyBook(ledger);
      await archive.freeze('moved');
      expect(await verifyBooks(books)).toMatchObject({ findings: [] });
      const { time } = await queries.head();
      await ledger.advanceTime(time + 5);
      expect((await queries.head()).time).toBe(time + 6);
    });

    it('has at once all commits that ever went through', async () => {
      const { archive, ledger, queries } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 1_000)]);
      const sales = Array.from({ length: 30 }, () => feed(ledger, [SALE]));
      const settled = Promise.allSettled(sales);
      await sales[9];
      await archive.freeze('moved');
      const { position } = await queries.head();
      const outcomes = await settled;
      const sold = outcomes.filter(({ status }) => status === 'fulfilled').length;
      expect(position).toBe(3 + sold);
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue;
        expect(outcome.reason).toBeInstanceOf(LedgerFrozenError);
      }
    });
  });

  describe.each(ENGINES)('carried to $name', (other) => {
    const fixture = useDatabase(engine);
    const target = useTarget(other);

    it('is the same ledger, and goes on', async () => {
      await fill(fixture.storage);
      const dumped = await dumpText(fixture.storage);
      const { storage } = target;
      await restoreText(storage, dumped);
      expect(await everything(storage)).toEqual(await everything(fixture.storage));
      expect(await verifyBooks(storage.books)).toMatchObject({ findings: [] });
      expect(await dumpText(storage)).toBe(dumped);
      await storage.archive.thaw();
      const { answer } = await decideOn(storage.ledger, [SALE], { key: CLAIMED });
      expect(answer).toMatchObject({ replay: { fingerprint: 'f1' } });
      await feed(storage.ledger, [
        { type: 'expire', reservationId: 'due' },
        { type: 'confirm', reservationId: 'held' },
        { type: 'receiveTransfer', transferId: 'part' },
        product('new'),
        shop('new'),
        move('receive', 'new', 'new', 5),
      ]);
      expect(await verifyBooks(storage.books)).toMatchObject({ findings: [] });
      await expect(feed(fixture.storage.ledger, [SALE])).rejects.toMatchObject({ reason: 'moved' });
    });

    it('goes on with its links, of which it is to be proven that it is the newest', async () => {
      const x = await fillLinkedBook(fixture.storage);
      const mirror = ({ books }: Storage) =>
        books.inspect((view) => view.mirror(undefined, 10_000));
      const dumped = await dumpText(fixture.storage);
      const { storage } = target;
      await restoreText(storage, dumped);
      expect(await everything(storage)).toEqual(await everything(fixture.storage));
      expect(await linkedRows(storage)).toEqual(await linkedRows(fixture.storage));
      expect(await mirror(storage)).toEqual(await mirror(fixture.storage));
      expect(await verifyBooks(storage.books)).toMatchObject({ findings: [], shares: 3 });
      expect(await dumpText(storage)).toBe(dumped);
      expect(await storage.incarnation.isProven()).toBe(false);
      await storage.incarnation.prove();
      expect(await storage.incarnation.isProven()).toBe(true);
      await storage.archive.thaw();
      await meet(storage, x);
      expect(await verifyBooks(storage.books)).toMatchObject({ findings: [] });
    });

    it('is frozen there when it is a copy', async () => {
      await fill(fixture.storage);
      const dumped = await dumpText(fixture.storage, true);
      await feed(fixture.storage.ledger, [SALE]);
      const { ledger, archive, books } = target.storage;
      await restoreText(target.storage, dumped);
      await expect(feed(ledger, [SALE])).rejects.toMatchObject({ reason: 'copy' });
      expect(await verifyBooks(books)).toMatchObject({ findings: [] });
      await archive.thaw();
      await feed(ledger, [SALE]);
    });

    it('is an empty ledger where it was one', async () => {
      const dumped = await dumpText(fixture.storage);
      await restoreText(target.storage, dumped);
      await feed(target.storage.ledger, [product('A')]);
      expect(await target.storage.queries.head()).toMatchObject({ position: 1 });
    });
  });

  describe('a restore', () => {
    const source = useTarget(engine);
    const fixture = useDatabase(engine);
    let dumped: string;

    beforeEach(async () => {
      await fill(source.storage);
      dumped = await dumpText(source.storage);
    });

    it('refuses a database that holds anything', async () => {
      const { ledger, archive, queries } = fixture.storage;
      await decideOn(ledger, [product('A')]);
      const restoring = restoreText(fixture.storage, dumped);
      await expect(restoring).rejects.toBeInstanceOf(DatabaseRefusedError);
      expect(await archive.frozen()).toBeNull();
      expect(await queries.product('A')).toBeDefined();
    });

    it('lets nobody commit to a part of a ledger, nor open it', async () => {
      const { archive, ledger } = fixture.storage;
      await archive.restore(async () => {
        expect(await archive.frozen()).toMatchObject({ reason: 'restoring' });
        const refused = { reason: 'restoring' };
        await expect(feed(ledger, [product('A')])).rejects.toMatchObject(refused);
        await expect(archive.thaw()).rejects.toMatchObject(refused);
        expect(await archive.freeze('moved')).toMatchObject(refused);
        return null;
      });
      await feed(ledger, [product('A')]);
    });

    it('that fails leaves an empty database', async () => {
      const { queries, archive, books } = fixture.storage;
      const half = dumped.slice(0, dumped.indexOf('{"demand"'));
      await expect(restoreText(fixture.storage, half)).rejects.toThrow('it was cut off');
      expect(await archive.frozen()).toBeNull();
      expect(await queries.head()).toEqual({ position: 0, time: 0 });
      expect(await queries.reservations({ limit: 10 })).toEqual([]);
      expect(await verifyBooks(books)).toMatchObject({ events: 0, findings: [] });
      expect(await queries.links()).toEqual([]);
      await restoreText(fixture.storage, dumped);
      expect(await dumpText(fixture.storage)).toBe(dumped);
    });

    it('that was broken off is taken over by the next one', async () => {
      const { archive } = fixture.storage;
      const begun = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const stuck = archive.restore(async (writer) => {
        await writer.putHead({ position: 0, time: 7 });
        begun.resolve();
        await goOn.promise;
        await writer.putHead({ position: 0, time: 8 });
        return null;
      });
      await begun.promise;
      await restoreText(fixture.storage, dumped);
      goOn.resolve();
      await expect(stuck).rejects.toThrow('taken');
      expect(await archive.frozen()).toBeNull();
      expect(await dumpText(fixture.storage)).toBe(dumped);
    });
  });

  describe('a dump', () => {
    const fixture = useDatabase(engine);

    it('is of one moment, whatever is written beside it', async () => {
      const { archive, ledger, queries } = fixture.storage;
      await fill(fixture.storage);
      const { position } = await queries.head();
      const seen: number[] = [];
      const view = archive.read(async function* (look) {
        yield (await look.head()).position;
        await hold(ledger, 'late', [line('A', 'x', 1)], 1_000);
        for await (const page of look.events(position - 1)) yield* page.map((one) => one.position);
        yield (await look.head()).position;
      });
      for await (const found of view) seen.push(found);
      expect(seen).toEqual([position, position, position]);
      expect(await queries.head()).toMatchObject({ position: position + 1 });
    });

    it('is the same every time', async () => {
      await fill(fixture.storage);
      const first = await dumpText(fixture.storage);
      expect(await dumpText(fixture.storage)).toBe(first);
    });
  });
}

/** A second database, which each test of the surrounding `describe` gets anew. */
function useTarget(engine: Engine): { readonly storage: Storage } {
  let database: TestDatabase | undefined;
  let storage: Storage | undefined;
  beforeEach(async () => {
    database = await engine.create({ node: 'leeds', clock: new ManualClock() });
    storage = await database.open();
  });
  afterEach(async () => {
    await storage?.close();
    await database?.remove();
  });
  return {
    get storage() {
      if (storage === undefined) throw new Error('a storage is open while a test runs');
      return storage;
    },
  };
}

/** All that anybody can read. */
async function everything({ queries }: Storage) {
  const page = { limit: 1_000 };
  const levels = await queries.levels(page);
  const head = await queries.head();
  const positions = Array.from({ length: head.position }, (_, index) => index + 1);
  const { events } = await queries.events({ after: 0, limit: 1_000 });
  return {
    head,
    events,
    levels,
    past: await Promise.all(positions.map((position) => queries.levels({ ...page, position }))),
    moments: await Promise.all(events.map(({ time }) => queries.positionAt(time))),
    holds: await Promise.all(
      levels.map(({ sku, location }) => queries.holds({ sku, location, ...page })),
    ),
    reservations: await queries.reservations(page),
    ordered: await queries.reservations({ ...page, reference: 'order' }),
    transfers: await queries.transfers(page),
    products: await queries.products(page),
    locations: await queries.locations(page),
    demand: await queries.demand(page),
  };
}
