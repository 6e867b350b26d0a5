import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '../../src/domain/events.ts';
import { rebuildBooks } from '../../src/ledger/rebuild.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { feed } from '../support/contractFeed.ts';
import {
  carry,
  entriesCommand,
  entry,
  fillLinkedBook,
  HUB,
  hubLink,
  linkedRows,
  load,
  meet,
  openShop,
  shareOut,
  shopLink,
} from '../support/contractLinks.ts';
import { line, move, needs, product, reserve, shop, writes } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

const X = { sku: 'A', location: 'x' };

export function describeForeignRows(engine: Engine): void {
  describe('what belongs to another node', () => {
    const fixture = useDatabase(engine);

    it('is told of locations and products, until it ends', async () => {
      const hub = fixture.storage;
      await feed(hub.ledger, [product('A'), shop('x'), shop('y')]);
      await feed(hub.ledger, [{ type: 'addLink', link: shopLink('shop-x', 'x') }]);
      const read = async () => (await fixture.reopen()).queries.location('x');
      expect(await read()).toMatchObject({ node: 'shop-x' });
      const peer = 'shop-x';
      const fence = (reason: 'copied' | null) =>
        feed(fixture.storage.ledger, [
          { type: 'updateLink', peer, session: 0, change: { fence: reason } },
        ]);
      await fence('copied');
      expect(await read()).toMatchObject({ node: 'shop-x', fence: 'copied' });
      expect(await fixture.storage.queries.locations({ limit: 9 })).toMatchObject([
        { location: 'x', node: 'shop-x', fence: 'copied' },
        { location: 'y' },
      ]);
      const { locations } = await load(fixture.storage.ledger, needs({ locations: ['x'] }));
      expect(locations.get('x')).toMatchObject({ node: 'shop-x', fence: 'copied' });
      await fence(null);
      await feed(fixture.storage.ledger, [{ type: 'retireNode', peer }]);
      expect(await read()).toEqual(await plain('x'));
    });

    async function plain(location: string) {
      const { content } = shop(location);
      return { location, ...content };
    }

    it('is told of a product that is to be removed: who has none of it', async () => {
      const hub = fixture.storage;
      await feed(hub.ledger, [product('A'), shop('x'), shop('y')]);
      await feed(hub.ledger, [
        { type: 'addLink', link: shopLink('shop-x', 'x') },
        { type: 'addLink', link: shopLink('shop-y', 'y') },
      ]);
      const x = await openShop('shop-x', 'x');
      await meet(hub, x);
      const read = async () => (await fixture.reopen()).queries.product('A');
      await feed(hub.ledger, [{ type: 'deleteProduct', sku: 'A' }]);
      expect(await read()).toEqual({ sku: 'A', ...product('A').content, removal: [] });
      await meet(fixture.storage, x);
      const row = await read();
      expect(row).toMatchObject({ removal: ['shop-x'] });
      const { ledger, queries, books } = fixture.storage;
      const { products } = await load(ledger, needs({ products: ['A'] }));
      expect([...products.values()]).toEqual([row]);
      expect(await queries.products({ limit: 9 })).toEqual([row]);
      expect(await verifyBooks(books)).toMatchObject({ findings: [] });
    });

    it('is told of a catalogue that was copied', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [{ type: 'addLink', link: hubLink('leeds', 'x') }]);
      const notices = [copied(1, { type: 'product_created', sku: 'A', after: product('A') })];
      await feed(ledger, [await entriesCommand(fixture.storage, HUB, notices, 1)]);
      const row = { sku: 'A', ...product('A').content, node: HUB };
      expect(await queries.product('A')).toEqual(row);
      expect(await queries.products({ limit: 9 })).toEqual([row]);
      const { products } = await load(ledger, needs({ products: ['A'] }));
      expect(products.get('A')).toEqual(row);
    });

    it('is told of reservations and of the parts of them that were passed on', async () => {
      const hub = fixture.storage;
      await feed(hub.ledger, [product('A'), shop('x')]);
      await feed(hub.ledger, [move('receive', 'A', 'x', 9)]);
      await feed(hub.ledger, [{ type: 'addLink', link: shopLink('shop-x', 'x') }]);
      const x = await openShop('shop-x', 'x');
      await feed(hub.ledger, [
        reserve('r1', line('A', 'x', 5)),
        { type: 'confirm', reservationId: 'r1' },
      ]);
      await shareOut(hub, 'shop-x', { reservations: ['r1'] });
      await meet(hub, x);
      await feed(x.ledger, [
        { type: 'fulfil', reservationId: 'r1', lines: [line('A', 'x', 2)] },
        { type: 'cancel', reservationId: 'r1' },
      ]);
      const passed = (open: number, cancelled: number) => ({
        lines: [{ passed: { node: 'shop-x', open, cancelled } }],
      });
      const loaded = async () =>
        (await load(fixture.storage.ledger, needs({ reservations: ['r1'] }))).reservations.get(
          'r1',
        );
      expect(await hub.queries.reservation('r1')).toMatchObject(passed(5, 0));
      expect(await loaded()).toMatchObject(passed(5, 0));
      await carry(x, hub);
      const { queries } = await fixture.reopen();
      expect(await queries.reservation('r1')).toMatchObject({
        status: 'fulfilled',
        lines: [{ ...line('A', 'x', 5), confirmed: 5, fulfilled: 2, ...passed(0, 3).lines[0] }],
      });
      expect(await queries.reservations({ limit: 9 })).toEqual([await loaded()]);
    });

    it('is kept as a part here under the name of its maker', async () => {
      const here = fixture.storage;
      await feed(here.ledger, [product('A'), shop('x')]);
      await feed(here.ledger, [{ type: 'addLink', link: hubLink('leeds', 'x') }]);
      const details = { peer: 'leeds' };
      const accounts = { from: 'committed', to: 'transit' } as const;
      const grant = entry(1, 'A', 4, { type: 'grant', ...accounts, reservationId: 'r1', details });
      const entries = [grant];
      await feed(here.ledger, [await entriesCommand(here, HUB, entries, 1)]);
      const { queries, ledger } = await fixture.reopen();
      const row = await queries.reservation('r1');
      expect(row).toMatchObject({ madeBy: HUB, status: 'confirmed', lines: [line('A', 'x', 4)] });
      expect(await queries.reservations({ status: 'confirmed', limit: 9 })).toEqual([row]);
      const rows = await load(ledger, needs({ reservations: ['r1'] }));
      expect(rows.reservations.get('r1')).toEqual(row);
    });

    it('is looked up of the lines of reservations: where another node has the goods', async () => {
      const hub = fixture.storage;
      await feed(hub.ledger, [product('A'), shop('x'), shop('y')]);
      await feed(hub.ledger, [move('receive', 'A', 'x', 9), move('receive', 'A', 'y', 9)]);
      await feed(hub.ledger, [reserve('r1', line('A', 'x', 5), line('A', 'y', 5))]);
      const wanted = needs({ reservations: ['r1'] });
      expect((await load(hub.ledger, wanted)).locations.size).toBe(0);
      await feed(hub.ledger, [{ type: 'addLink', link: shopLink('shop-x', 'x') }]);
      const { locations } = await load(hub.ledger, wanted);
      expect([...locations]).toEqual([['x', await hub.queries.location('x')]]);
    });
  });
}

function copied(
  position: number,
  { after, ...notice }: { type: 'product_created'; sku: string; after: { content: object } },
): LoggedEvent {
  const details = { after: after.content } as NonNullable<LoggedEvent['details']>;
  const origin = { actor: 'ann', requestId: 'request', reservationId: null, location: null };
  return { ...notice, ...origin, details, position, time: 1_000 + position };
}

export function describeNoticesOfLevels(engine: Engine): void {
  describe('a notice of a level', () => {
    const fixture = useDatabase(engine);

    /** Positions: 1 product, 2 shop, 3 link, 4 receive, 5 want, 6 receive, 7 want of another level, 8 product. */
    async function fill(): Promise<void> {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x')]);
      await feed(ledger, [{ type: 'addLink', link: shopLink('shop-x', 'x') }]);
      const want = { peer: 'shop-x', ...X, units: 5 };
      const receive = { ...entry(1, 'A', 3), details: { peer: 'elsewhere' } };
      const levels = [line('A', 'x')];
      for (const [index, request] of ['r1', 'r2'].entries()) {
        await ledger.commit(needs({ levels }), ({ levels: loaded }) => {
          const before = loaded.get('A\u0000x');
          const after = { ...X, ...receive.balances, version: index + 1 };
          return writes({
            events: [{ ...receive, version: index + 1 }],
            levels: new Map([['A\u0000x', { before, after }]]),
          });
        });
        const wants = [index === 0 ? want : { ...want, sku: 'B' }];
        await feed(ledger, [{ type: 'ask', request, wants }]);
      }
      await feed(ledger, [product('A', 'renamed')]);
    }

    const positions = async (filter: object, after = 0, limit = 100) => {
      const { events, scanned } = await fixture.storage.queries.events({ ...filter, after, limit });
      return { found: events.map(({ position }) => position), scanned };
    };

    it('is no movement', async () => {
      await fill();
      const { queries } = fixture.storage;
      const { events } = await queries.events({ after: 4, limit: 1 });
      expect(events).toEqual([
        {
          position: 5,
          time: expect.any(Number),
          type: 'want',
          ...X,
          reservationId: null,
          actor: 'ann',
          requestId: 'request-1',
          details: { peer: 'shop-x', request: 'r1', units: 5, session: 0 },
        },
      ]);
      expect(await queries.statement({ ...X, limit: 9 })).toMatchObject([
        { position: 4 },
        { position: 6 },
      ]);
      expect(await queries.levelAt('A', 'x', 5)).toMatchObject({ version: 1 });
      expect(await queries.level('B', 'x')).toBeUndefined();
    });

    it('is found by its SKU, its location and both', async () => {
      await fill();
      expect((await positions(X)).found).toEqual([4, 5, 6]);
      expect(await positions(X, 0, 2)).toEqual({ found: [4, 5], scanned: 5 });
      expect(await positions(X, 5, 1)).toEqual({ found: [6], scanned: 6 });
      expect((await positions({ ...X, types: ['want'] })).found).toEqual([5]);
      expect((await positions({ sku: 'B' })).found).toEqual([7]);
      expect((await positions({ location: 'x' })).found).toEqual([2, 3, 4, 5, 6, 7]);
      expect((await positions({ location: 'x', types: ['want'] })).found).toEqual([5, 7]);
    });

    it('matches wherever all notices do', async () => {
      await fill();
      expect((await positions({ location: 'y', orNotice: true })).found).toEqual([
        1, 2, 3, 5, 7, 8,
      ]);
      const all = { location: 'x', orNotice: true };
      expect((await positions(all)).found).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(await positions(all, 3, 2)).toEqual({ found: [4, 5], scanned: 5 });
      const level = { sku: 'B', location: 'x', orNotice: true };
      expect((await positions(level)).found).toEqual([1, 2, 3, 5, 7, 8]);
    });
  });
}

export function describeIncarnation(engine: Engine): void {
  describe('an incarnation', () => {
    const fixture = useDatabase(engine);

    it('is proven at first, and after every proof, over restarts', async () => {
      expect(await fixture.storage.incarnation.isProven()).toBe(true);
      for (let proofs = 0; proofs < 3; proofs++) {
        await fixture.storage.incarnation.prove();
        expect(await fixture.storage.incarnation.isProven()).toBe(true);
        const { incarnation } = await fixture.reopen();
        expect(await incarnation.isProven()).toBe(true);
      }
    });

    it('may be proven by several at a time', async () => {
      const { incarnation } = fixture.storage;
      await Promise.all(Array.from({ length: 5 }, () => incarnation.prove()));
      expect(await incarnation.isProven()).toBe(true);
      expect(await (await fixture.reopen()).incarnation.isProven()).toBe(true);
    });

    it('has nothing to do with the log', async () => {
      const { incarnation, queries, books } = fixture.storage;
      await incarnation.prove();
      expect(await queries.head()).toEqual({ position: 0, time: 0 });
      await rebuildBooks(books);
      expect(await incarnation.isProven()).toBe(true);
    });
  });
}

export function describeLinkedBooks(engine: Engine): void {
  describe('the books of nodes with links', () => {
    const fixture = useDatabase(engine);

    it('are right at the hub and at the shop', async () => {
      const x = await fillLinkedBook(fixture.storage);
      const { books, queries } = fixture.storage;
      expect(await verifyBooks(books)).toMatchObject({ findings: [], shares: 3 });
      expect(await verifyBooks(x.books)).toMatchObject({ findings: [], shares: 1 });
      expect(await queries.shares({ limit: 9 })).toMatchObject([
        { sku: 'A', location: 'x', peer: 'shop-x', request: 'request 3' },
        { sku: 'B', location: 'x', peer: 'shop-x', request: null },
        { sku: 'B', location: 'y', peer: 'shop-y', available: 0, granted: 2, arrived: 2 },
      ]);
      expect(await x.queries.shares({ limit: 9 })).toMatchObject([{ peer: HUB, ...X }]);
    });

    it('are what they were when they are rebuilt, and go on', async () => {
      const hub = fixture.storage;
      const x = await fillLinkedBook(hub);
      const before = await everything();
      const report = await rebuildBooks(hub.books);
      expect(report).toMatchObject({ shares: 3 });
      expect(await everything()).toEqual(before);
      await meet(hub, x);
      expect(await verifyBooks(hub.books)).toMatchObject({ findings: [] });
    });

    it('show links, shares and entries as they were when they were looked at', async () => {
      const hub = fixture.storage;
      const x = await fillLinkedBook(hub);
      await hub.books.inspect(async (view) => {
        const links = await hub.queries.links();
        expect(await view.links()).toEqual(links);
        const shares = await hub.queries.shares({ limit: 99 });
        for (const row of shares) expect(await view.share(row)).toEqual(row);
        expect(await view.share({ ...X, peer: 'nobody' })).toBeUndefined();
        const all = await view.mirror(undefined, 10_000);
        await meet(hub, x);
        const again = [];
        for (;;) {
          const last = again.at(-1);
          const place = last && { ...last, position: last.event.position };
          const page = await view.mirror(place, 7);
          if (page.length === 0) break;
          again.push(...page);
        }
        expect(again).toEqual(all);
        expect(await view.links()).toEqual(links);
        expect(all.map(({ peer }) => peer)).toEqual(all.map(({ peer }) => peer).toSorted());
      });
    });

    async function everything() {
      const { queries, books } = fixture.storage;
      return {
        linked: await linkedRows({ queries }),
        counts: await books.inspect((view) => view.counts()),
        mirror: await books.inspect((view) => view.mirror(undefined, 10_000)),
        reservations: await queries.reservations({ limit: 1_000 }),
        products: await queries.products({ limit: 1_000 }),
        locations: await queries.locations({ limit: 1_000 }),
        levels: await queries.levels({ limit: 1_000 }),
      };
    }
  });
}
