import { describe, expect, it } from 'vitest';
import type { LoggedEvent, Movement, MovementType } from '../../src/domain/events.ts';
import { newLink } from '../../src/domain/links/link.ts';
import { emptyShare, type Share, shareKey } from '../../src/domain/links/share.ts';
import { rebuildBooks } from '../../src/ledger/rebuild.ts';
import type { LedgerStore, Needs, Removal, Rows } from '../../src/ledger/store.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import type { QueryStore, SharePage, Stamped } from '../../src/queries/store.ts';
import { decideOn, feed } from '../support/contractFeed.ts';
import {
  carry,
  entriesCommand,
  entriesFor,
  fillLinkedBook,
  HUB,
  hubLink,
  linkedRows,
  linkOf,
  meet,
  openShop,
  shareOut,
  shopLink,
} from '../support/contractLinks.ts';
import { line, move, needs, product, reserve, shop, writes } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

const X = { sku: 'A', location: 'x' };

export function describeLinks(engine: Engine): void {
  describeLinkRows(engine);
  describeShares(engine);
  describeMirror(engine);
  describeForeignRows(engine);
  describeNoticesOfLevels(engine);
  describeIncarnation(engine);
  describeLinkedBooks(engine);
}

function describeLinkRows(engine: Engine): void {
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

function putShares(ledger: LedgerStore, ...rows: readonly Share[]) {
  const keyed = rows.map((row) => [shareKey(row.peer, row.sku, row.location), row] as const);
  return ledger.commit(needs({ links: ['p'], shares: rows }), (loaded) =>
    writes({
      // A share never changes by itself.
      links: new Map([
        ['p', { before: loaded.links.get('p'), after: newLink(shopLink('p', 'x')) }],
      ]),
      shares: new Map(
        keyed.map(([key, after]) => [key, { before: loaded.shares.get(key), after }]),
      ),
    }),
  );
}

async function load(ledger: LedgerStore, wanted: Needs): Promise<Rows> {
  let found: Rows | undefined;
  await ledger.commit(wanted, (rows) => {
    found = rows;
    return writes();
  });
  if (found === undefined) throw new Error('a commit decides');
  return found;
}

async function sharesLoaded(ledger: LedgerStore, wanted: Needs): Promise<readonly string[]> {
  const { shares } = await load(ledger, wanted);
  return [...shares.values()].map(({ peer, sku, location }) => `${peer} ${sku} ${location}`).sort();
}

function describeShares(engine: Engine): void {
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

/** An entry of a peer's log that moves units at its own shop. */
function entry(
  position: number,
  sku: string,
  available: number,
  some: Partial<Movement> = {},
): Movement & Stamped {
  return {
    type: 'receive',
    sku,
    location: 'x',
    quantity: available,
    from: 'supplier',
    to: 'available',
    reservationId: null,
    details: null,
    version: position,
    balances: { available, reserved: 0, committed: 0, unavailable: 0 },
    actor: 'zoe',
    requestId: `request-${position}`,
    position,
    time: 1_000 + position,
    ...some,
  };
}

const WAS_SAID: LoggedEvent = {
  type: 'want_refused',
  sku: 'A',
  location: 'x',
  reservationId: null,
  details: { peer: HUB, request: 'r\u0000 \uD83D "quoted" \u2028' },
  actor: 'zoe',
  requestId: 'request',
  position: 9,
  time: 1_009,
};

/** Writes entries as they are, without what they do; with an event of this log, or without. */
function mirror(
  ledger: LedgerStore,
  peer: string,
  events: readonly LoggedEvent[],
  { applied = true, eventful = true } = {},
) {
  const link = newLink(shopLink(peer, 'x'));
  const notice = { type: 'redact', sku: null, location: null, reservationId: 'none' } as const;
  const origin = { details: null, actor: 'ann', requestId: 'request' };
  return ledger.commit(needs({ links: [peer] }), ({ links }) =>
    writes({
      events: eventful ? [{ ...notice, ...origin }] : [],
      links: new Map([[peer, { before: links.get(peer), after: link }]]),
      mirrored: events.map((event) => ({ peer, event, applied })),
    }),
  );
}

function supersede(ledger: LedgerStore, peer: string, position: number) {
  const link = newLink(shopLink(peer, 'x'));
  return ledger.commit(needs({ links: [peer] }), ({ links }) =>
    writes({
      links: new Map([[peer, { before: links.get(peer), after: link }]]),
      superseded: [{ peer, position }],
    }),
  );
}

function describeMirror(engine: Engine): void {
  describe("entries of a peer's log", () => {
    const fixture = useDatabase(engine);

    it('are given back as they came, in order, in pages', async () => {
      const { ledger, queries } = fixture.storage;
      const events = [entry(2, 'A', 5), entry(7, 'B', 2 ** 52, { details: { reason: 'é' } })];
      await mirror(ledger, 'p', events);
      await mirror(ledger, 'p', [WAS_SAID]);
      await mirror(ledger, 'q', [entry(3, 'A', 1)]);
      const read = (after: number, limit: number) => queries.mirrored({ peer: 'p', after, limit });
      expect(await read(0, 10)).toEqual([...events, WAS_SAID]);
      expect(await read(2, 1)).toEqual([events[1]]);
      expect(await read(9, 1)).toEqual([]);
    });

    it('are thousands at a time', async () => {
      const { ledger, queries } = fixture.storage;
      const events = Array.from({ length: 3_000 }, (_, index) => entry(index + 1, 'A', index));
      await mirror(ledger, 'p', events);
      expect(await queries.mirrored({ peer: 'p', after: 2_990, limit: 100 })).toEqual(
        events.slice(2_990),
      );
    });

    it('tell what was known as of each position of this log', async () => {
      const { ledger, queries } = fixture.storage;
      const [one, two, three] = [entry(2, 'A', 5), entry(4, 'A', 6), entry(5, 'A', 7)];
      await mirror(ledger, 'p', [one, entry(3, 'B', 1)]);
      await mirror(ledger, 'p', [two, WAS_SAID], { eventful: false });
      await mirror(ledger, 'q', [three]);
      const level = { peer: 'p', ...X };
      const known = await Promise.all([0, 1, 2, 3].map((at) => queries.mirroredAt(level, at)));
      // What came without an event was not known yet at the position before.
      expect(known).toEqual([undefined, one, two, two]);
      expect(await queries.mirroredAt({ peer: 'q', ...X }, 9)).toEqual(three);
      expect(await queries.mirroredAt({ ...level, location: 'y' }, 9)).toBeUndefined();
      expect(await queries.mirrorsAt(0)).toEqual([]);
      expect(await queries.mirrorsAt(1)).toEqual([{ peer: 'p', position: 3, time: 1_003 }]);
      const heads = [
        { peer: 'p', position: 9, time: 1_009 },
        { peer: 'q', position: 5, time: 1_005 },
      ];
      expect(await queries.mirrorsAt(2)).toEqual(heads);
    });

    it('that the peer has lost are hidden, and others take their positions', async () => {
      const { ledger, queries } = fixture.storage;
      const held = { reservationId: 'r1', type: 'reserve' } as const;
      const events = [entry(1, 'A', 5), entry(2, 'A', 4, held), entry(3, 'A', 3)];
      await mirror(ledger, 'p', events);
      await mirror(ledger, 'q', events);
      await supersede(ledger, 'p', 1);
      const page = { after: 0, limit: 9 };
      expect(await queries.mirrored({ peer: 'p', ...page })).toEqual(events.slice(0, 1));
      expect(await queries.mirrored({ peer: 'q', ...page })).toEqual(events);
      expect(await queries.mirroredAt({ peer: 'p', ...X }, 9)).toEqual(events[0]);
      expect(await queries.mirrorsAt(9)).toMatchObject([{ position: 1 }, { position: 3 }]);
      const [, lost] = events;
      expect(await queries.mirroredReservation('r1')).toEqual([{ peer: 'q', event: lost }]);
      const again = [entry(2, 'A', 9), entry(3, 'A', 8)];
      await mirror(ledger, 'p', again);
      expect(await queries.mirrored({ peer: 'p', ...page })).toEqual([events[0], ...again]);
      await supersede(ledger, 'p', 2);
      expect(await queries.mirrored({ peer: 'p', ...page })).toEqual([events[0], again[0]]);
    });

    it('that came after it was retired are kept, and not shown', async () => {
      const { ledger, queries, books } = fixture.storage;
      const held = { reservationId: 'r1', type: 'reserve' } as const;
      await mirror(ledger, 'p', [entry(1, 'A', 5)]);
      await mirror(ledger, 'p', [entry(2, 'A', 4, held)], { applied: false });
      expect(await queries.mirrored({ peer: 'p', after: 0, limit: 9 })).toHaveLength(1);
      expect(await queries.mirroredAt({ peer: 'p', ...X }, 9)).toMatchObject({ position: 1 });
      expect(await queries.mirrorsAt(9)).toMatchObject([{ position: 1 }]);
      expect(await queries.mirroredReservation('r1')).toEqual([]);
      const rows = await load(ledger, needs({ reservations: ['r1'] }));
      expect(rows.nodeOfReservation.size).toBe(0);
      const all = await books.inspect((view) => view.mirror(undefined, 9));
      expect(all).toMatchObject([{ state: 'applied' }, { state: 'unapplied' }]);
    });

    it('tell of a reservation all that each peer says, and who has made it', async () => {
      const { ledger, queries } = fixture.storage;
      const of = (id: string, type: MovementType) => ({ reservationId: id, type });
      const made = entry(4, 'A', 4, of('r1', 'reserve'));
      const part = entry(2, 'A', 4, of('r1', 'accept'));
      const ended = entry(6, 'A', 4, of('r1', 'cancel'));
      await mirror(ledger, 'q', [made, entry(5, 'A', 4, of('r2', 'reserve')), ended]);
      await mirror(ledger, 'p', [part, entry(3, 'A', 4, of('r3', 'accept'))]);
      expect(await queries.mirroredReservation('r1')).toEqual([
        { peer: 'p', event: part },
        { peer: 'q', event: made },
        { peer: 'q', event: ended },
      ]);
      const rows = await load(ledger, needs({ reservations: ['r1', 'r3', 'r4'] }));
      expect([...rows.nodeOfReservation]).toEqual([['r1', 'q']]);
    });

    it('say nothing of a reservation that is known here', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 5)]);
      await feed(ledger, [reserve('r1', line('A', 'x', 1))]);
      await mirror(ledger, 'p', [entry(1, 'A', 4, { reservationId: 'r1', type: 'reserve' })]);
      const rows = await load(ledger, needs({ reservations: ['r1'] }));
      expect(rows.nodeOfReservation.size).toBe(0);
      expect(rows.reservations.size).toBe(1);
    });

    it('come with the cursor and what they do, or not at all', async () => {
      const hub = fixture.storage;
      await feed(hub.ledger, [product('A'), shop('x')]);
      await feed(hub.ledger, [{ type: 'addLink', link: shopLink('shop-x', 'x') }]);
      const x = await openShop('shop-x', 'x');
      await meet(hub, x);
      await feed(x.ledger, [move('receive', 'A', 'x', 8)]);
      await shareOut(x, HUB, { levels: [X] });
      const before = await linkedRows(hub);
      const entries = await entriesFor(x, hub);
      const command = await entriesCommand(hub, 'shop-x', entries, 99);
      const failure = new Error('no more');
      const failing = hub.ledger.commit(needs({ links: ['shop-x'] }), () => {
        throw failure;
      });
      await expect(failing).rejects.toBe(failure);
      expect(await linkedRows(hub)).toEqual(before);
      await feed(hub.ledger, [command]);
      expect(await linkOf(hub, 'shop-x')).toMatchObject({ received: 99 });
      expect(await hub.queries.level('A', 'x')).toMatchObject({ available: 4 });
      const { answer } = await decideOn(hub.ledger, [command]);
      const refusal = { code: 'cursor_mismatch', received: 99 };
      expect(answer).toMatchObject({ items: [{ outcome: { kind: 'refused', refusal } }] });
      expect(await hub.queries.level('A', 'x')).toMatchObject({ available: 4 });
    });
  });
}

function describeForeignRows(engine: Engine): void {
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

function describeNoticesOfLevels(engine: Engine): void {
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

function describeIncarnation(engine: Engine): void {
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

function describeLinkedBooks(engine: Engine): void {
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
