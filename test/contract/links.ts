import { describe, expect, it } from 'vitest';
import { newLink } from '../../src/domain/links/link.ts';
import { emptyShare, type Share, shareKey } from '../../src/domain/links/share.ts';
import type { LedgerStore, Needs, Removal } from '../../src/ledger/store.ts';
import type { QueryStore, SharePage } from '../../src/queries/store.ts';
import { feed } from '../support/contractFeed.ts';
import { HUB, hubLink, load, shopLink } from '../support/contractLinks.ts';
import { line, move, needs, product, reserve, shop, writes } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

const X = { sku: 'A', location: 'x' };

export function describeLinkRows(engine: Engine): void {
  describe('a link', () => {
    const fixture = useDatabase(engine);

    it('is kept with all that it has, over a restart, and listed by peer', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [shop('x'), shop('y')]);
      await feed(ledger, [{ type: 'addLink', link: shopLink('shop-y', 'y') }]);
      await feed(ledger, [{ type: 'addLink', link: shopLink('shop-x', 'x') }]);
      const change = {
        fence: 'restored',
        reconcile: true,
        token: 't1',
        nextToken: 't2',
        session: 4,
        acknowledged: 7,
        acknowledgedDigest: 'd7',
        recovery: { common: 3, replayed: 5 },
        policy: { hubShare: 0.25, floor: 2 },
      } as const;
      await feed(ledger, [{ type: 'updateLink', peer: 'shop-x', session: 0, change }]);
      const expected = [
        { ...newLink(shopLink('shop-x', 'x')), ...change },
        newLink(shopLink('shop-y', 'y')),
      ];
      expect(await fixture.storage.queries.links()).toEqual(expected);
      const { queries } = await fixture.reopen();
      expect(await queries.links()).toEqual(expected);
      expect(await queries.link('shop-x')).toEqual(expected[0]);
      expect(await queries.link('shop-y')).toEqual(expected[1]);
      expect(await queries.link('shop-z')).toBeUndefined();
    });

    it('changes without an event', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [{ type: 'addLink', link: hubLink('shop-x', 'x') }]);
      const change = { token: 't1', session: 1 };
      await feed(ledger, [{ type: 'updateLink', peer: HUB, session: 0, change }]);
      expect(await queries.links()).toMatchObject([change]);
      expect(await queries.head()).toMatchObject({ position: 0 });
    });

    it('is loaded when it is named, with its location', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [shop('x'), shop('y')]);
      for (const at of ['x', 'y']) {
        await feed(ledger, [{ type: 'addLink', link: shopLink(`shop-${at}`, at) }]);
      }
      const rows = await load(ledger, needs({ links: ['shop-x', 'unknown'] }));
      expect([...rows.links]).toEqual([['shop-x', newLink(shopLink('shop-x', 'x'))]]);
      expect([...rows.locations.keys()]).toEqual(['x']);
      expect((await load(ledger, needs())).links.size).toBe(0);
    });

    it('is loaded where something is removed, whatever it is', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), shop('y')]);
      for (const at of ['x', 'y']) {
        await feed(ledger, [{ type: 'addLink', link: shopLink(`shop-${at}`, at) }]);
      }
      const { links } = await load(ledger, needs({ removal: { product: 'A' } }));
      expect([...links.values()]).toEqual(await queries.links());
    });

    it('says in every commit where the hub is', async () => {
      const { ledger } = fixture.storage;
      expect((await load(ledger, needs())).hub).toBeNull();
      await feed(ledger, [shop('x'), { type: 'addLink', link: shopLink('a shop', 'x') }]);
      expect((await load(ledger, needs())).hub).toBeNull();
      await feed(ledger, [{ type: 'addLink', link: hubLink('leeds', 'y') }]);
      expect((await load(ledger, needs())).hub).toBe(HUB);
    });
  });
}

function share(peer: string, sku: string, location: string, some: Partial<Share> = {}): Share {
  return { ...emptyShare(peer, sku, location), ...some };
}

/** With a link to each peer: nothing is known of others. */
function putShares(ledger: LedgerStore, ...rows: readonly Share[]) {
  const keyed = rows.map((row) => [shareKey(row.peer, row.sku, row.location), row] as const);
  const peers = [...new Set(rows.map(({ peer }) => peer))];
  return ledger.commit(needs({ links: peers, shares: rows }), (loaded) =>
    writes({
      // A share never changes by itself.
      links: new Map(
        peers.map((peer) => [
          peer,
          { before: loaded.links.get(peer), after: newLink(shopLink(peer, 'x')) },
        ]),
      ),
      shares: new Map(
        keyed.map(([key, after]) => [key, { before: loaded.shares.get(key), after }]),
      ),
    }),
  );
}

async function sharesLoaded(ledger: LedgerStore, wanted: Needs): Promise<readonly string[]> {
  const { shares } = await load(ledger, wanted);
  return [...shares.values()].map(({ peer, sku, location }) => `${peer} ${sku} ${location}`).sort();
}

export function describeShares(engine: Engine): void {
  describe('what peers own', () => {
    const fixture = useDatabase(engine);

    it('is kept with all that it has, and changed', async () => {
      const { ledger, queries } = fixture.storage;
      const balances = { available: -3, reserved: 2 ** 40, committed: 3, unavailable: 4 };
      const known = { version: 5, position: 6, time: 1_700_000_000_007 };
      const passed = { granted: 2 ** 52, arrived: 9, request: 'r', requestSession: 10 };
      const row = share('p', 'A', 'x', { ...balances, ...known, ...passed });
      await putShares(ledger, row);
      expect(await queries.shares({ limit: 9 })).toEqual([row]);
      const after = { ...row, available: 1, request: null };
      await putShares(ledger, after);
      expect(await queries.shares({ limit: 9 })).toEqual([after]);
      const { shares } = await load(ledger, needs({ shares: [after] }));
      expect([...shares]).toEqual([[shareKey('p', 'A', 'x'), after]]);
    });

    it('is loaded where it is named, or short, or counted, stocked here or not', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 5)]);
      await putShares(
        ledger,
        share('p', 'A', 'x', { available: 1 }),
        share('q', 'A', 'x', { available: 1 }),
        share('p', 'A', 'y', { available: 1 }),
        share('p', 'B', 'x', { available: 1 }),
      );
      const named = needs({
        shares: [
          { peer: 'q', ...X },
          { peer: 'r', ...X },
        ],
      });
      expect(await sharesLoaded(ledger, named)).toEqual(['q A x']);
      const enough = needs({ levels: [line('A', 'x', 5)] });
      expect(await sharesLoaded(ledger, enough)).toEqual([]);
      const short = needs({ levels: [line('A', 'x', 6), line('A', 'y', 1)] });
      expect(await sharesLoaded(ledger, short)).toEqual(['p A x', 'p A y', 'q A x']);
      const counted = needs({ levels: [line('A', 'x')], counted: [X] });
      expect(await sharesLoaded(ledger, counted)).toEqual(['p A x', 'q A x']);
    });

    it('is loaded of every level where units are owed, or whose link is named', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), product('B'), shop('x')]);
      await feed(ledger, [move('receive', 'A', 'x', 5), move('receive', 'B', 'x', 5)]);
      await feed(ledger, [reserve('r1', line('A', 'x', 1), line('B', 'x', 1))]);
      await putShares(
        ledger,
        share('p', 'A', 'x', { available: 1 }),
        share('q', 'A', 'x', { available: -1 }),
        share('p', 'B', 'x', { available: -1 }),
        share('q', 'B', 'x', { available: 1 }),
        share('q', 'B', 'y', { available: -1 }),
      );
      const touched = needs({ reservations: ['r1'] });
      expect(await sharesLoaded(ledger, touched)).toEqual(['p B x', 'q A x']);
      const linked = needs({ reservations: ['r1'], links: ['p'] });
      expect(await sharesLoaded(ledger, linked)).toEqual(['p A x', 'p B x', 'q A x']);
      const unstocked = needs({ levels: [line('B', 'y')] });
      expect(await sharesLoaded(ledger, unstocked)).toEqual(['q B y']);
    });

    it('keeps a product and a location from being removed', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 5)]);
      const balances = { available: -3, reserved: 1, committed: 0, unavailable: 2 };
      await putShares(
        ledger,
        share('p', 'A', 'y', { ...balances, granted: 9, arrived: 7 }),
        share('q', 'B', 'x', { available: 4 }),
      );
      const inUse = async (removal: Removal) => (await load(ledger, needs({ removal }))).inUse;
      const removed = [{ product: 'A' }, { location: 'y' }, { location: 'x' }, { product: 'C' }];
      expect(await Promise.all(removed.map(inUse))).toEqual([
        { onHand: 5, inTransit: 2, inUse: true },
        { onHand: 0, inTransit: 2, inUse: true },
        { onHand: 9, inTransit: 0, inUse: true },
        { onHand: 0, inTransit: 0, inUse: false },
      ]);
    });

    it('is listed by SKU, location and peer, and by each of them', async () => {
      const { ledger, queries } = fixture.storage;
      const names = ['A', 'B', '\u{1F600}', '\uFF5E'].flatMap((sku) =>
        ['x', 'y'].flatMap((at) => ['p', 'q'].map((peer) => share(peer, sku, at))),
      );
      await putShares(ledger, ...names.toReversed());
      const ordered = [...names.slice(0, 8), ...names.slice(12), ...names.slice(8, 12)];
      expect(await queries.shares({ limit: 100 })).toEqual(ordered);
      for (const filter of FILTERS) {
        const wanted = ordered.filter((row) => matches(row, filter));
        expect(await sharePages(queries, filter)).toEqual(wanted);
      }
      const [row] = names;
      if (row === undefined) throw new Error('there are shares');
      const after = { ...row, peer: 'o' };
      expect(await queries.shares({ peer: 'p', after, limit: 1 })).toEqual([row]);
    });
  });
}

type ShareFilter = Pick<SharePage, 'skus' | 'location' | 'peer'>;

function matches(row: Share, { skus, location, peer }: ShareFilter): boolean {
  return (
    (skus === undefined || skus.includes(row.sku)) &&
    (location === undefined || row.location === location) &&
    (peer === undefined || row.peer === peer)
  );
}

async function sharePages(queries: QueryStore, filter: ShareFilter): Promise<readonly Share[]> {
  const found: Share[] = [];
  for (;;) {
    const after = found.at(-1);
    const page = await queries.shares({ ...filter, ...(after && { after }), limit: 2 });
    found.push(...page);
    if (page.length < 2) return found;
  }
}

const FILTERS: readonly ShareFilter[] = [
  {},
  { skus: ['B', 'A', 'B', 'none'] },
  { skus: ['\uFF5E', '\u{1F600}'], location: 'y' },
  { skus: ['A', 'B'], peer: 'q' },
  { skus: ['A', 'B'], peer: 'q', location: 'x' },
  { location: 'x' },
  { location: 'y', peer: 'p' },
  { peer: 'q' },
];
