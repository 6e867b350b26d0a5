import { openMemoryStorage } from '../../simulator/memoryStorage/open.ts';
import { emptyTables } from '../../simulator/memoryStorage/tables.ts';
import type { LoggedEvent, Movement } from '../../src/domain/events.ts';
import type { LinkCommand } from '../../src/domain/links/commands.ts';
import type { Link, NewLink } from '../../src/domain/links/link.ts';
import type { LedgerStore, Needs, Rows } from '../../src/ledger/store.ts';
import { concerns } from '../../src/nodes/concerns.ts';
import type { Stamped } from '../../src/queries/store.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ManualClock } from './contractClock.ts';
import { feed } from './contractFeed.ts';
import { line, move, product, reserve, shop, writes } from './contractRows.ts';

export const HUB = 'leeds';
const POLICY = { hubShare: 0.5, floor: 0 };

/** The hub's end of the link to a shop. */
export function shopLink(peer: string, location: string): NewLink {
  return {
    peer,
    peerRole: 'store',
    self: HUB,
    location,
    secret: `hash of ${peer}`,
    policy: POLICY,
  };
}

/** The shop's end. */
export function hubLink(self: string, location: string): NewLink {
  return { peer: HUB, peerRole: 'hub', self, location, secret: `of ${self}`, policy: POLICY };
}

/** A shop's node, with the rules and a ledger of its own, which the hub is told of by hand. */
export async function openShop(name: string, location: string): Promise<Storage> {
  const storage = openMemoryStorage({ tables: emptyTables(name), clock: new ManualClock() });
  await feed(storage.ledger, [{ type: 'addLink', link: hubLink(name, location) }]);
  return storage;
}

export async function linkOf({ queries }: Pick<Storage, 'queries'>, peer: string): Promise<Link> {
  const link = (await queries.links()).find((one) => one.peer === peer);
  if (link === undefined) throw new Error(`there is a link to ${peer}`);
  return link;
}

/** What `from` has to tell `to` that it has not been told. */
export async function entriesFor(from: Storage, to: Storage): Promise<readonly LoggedEvent[]> {
  const [here, there] = [await linkOf(to, from.node), await linkOf(from, to.node)];
  const { events } = await from.queries.events({ after: here.received, limit: 10_000 });
  return events.filter((event) => concerns(there, event));
}

/** Carries what is new in the log of `from` to `to`, and applies it in one commit. */
export async function carry(from: Storage, to: Storage): Promise<readonly LoggedEvent[]> {
  const entries = await entriesFor(from, to);
  const { position: through } = await from.queries.head();
  await feed(to.ledger, [await entriesCommand(to, from.node, entries, through)]);
  return entries;
}

export async function entriesCommand(
  to: Storage,
  peer: string,
  entries: readonly LoggedEvent[],
  through: number,
): Promise<LinkCommand> {
  const { session, received: after, location } = await linkOf(to, peer);
  const digest = `${through}`;
  return { type: 'applyEntries', peer, location, session, after, through, digest, entries };
}

/** Carries what is new both ways, until there is nothing more to tell. */
export async function meet(hub: Storage, shopNode: Storage): Promise<void> {
  for (;;) {
    const told = [...(await carry(hub, shopNode)), ...(await carry(shopNode, hub))];
    if (told.length === 0) return;
  }
}

/** Looks for units to pass on, and for what was sold. */
export async function shareOut(
  { ledger, ...from }: Storage,
  to: string,
  { levels = [], reservations = [] }: Pick<Partial<ShareOut>, 'levels' | 'reservations'>,
): Promise<void> {
  const { session, considered: after } = await linkOf({ queries: from.queries }, to);
  const through = after + 1;
  const command = { type: 'shareOut', peer: to, session, after, through } as const;
  await feed(ledger, [{ ...command, levels, reservations }]);
}

type ShareOut = Extract<LinkCommand, { readonly type: 'shareOut' }>;

const UNITS = { sku: 'A', location: 'x' };

/**
 * Fills a hub's book with two links over which everything that can happen has happened at least once.
 * @returns the shop that the first is to
 */
export async function fillLinkedBook(hub: Storage): Promise<Storage> {
  const { ledger } = hub;
  await feed(ledger, [product('A'), product('B'), product('C'), shop('x'), shop('y')]);
  await feed(ledger, [
    { type: 'addLink', link: shopLink('shop-x', 'x') },
    { type: 'addLink', link: shopLink('shop-y', 'y') },
  ]);
  const x = await openShop('shop-x', 'x');
  await meet(hub, x);
  await feed(x.ledger, [move('receive', 'A', 'x', 100), product('shop only')]);
  await shareOut(x, HUB, { levels: [UNITS] });
  await feed(x.ledger, [reserve('of x', line('A', 'x', 3)), move('sell', 'A', 'x', 1)]);
  await meet(hub, x);
  await handOver(hub, x);
  await beginRemoval(hub, x);
  await borrow(hub, x);
  await oweAndCover(hub, x);
  await retireShop(hub);
  return x;
}

/** What the hub sells is handed over, or given back, in the shop. */
async function handOver(hub: Storage, x: Storage): Promise<void> {
  const ids = ['sold', 'half', 'back', 'open'];
  for (const id of ids) {
    await feed(hub.ledger, [
      { ...reserve(id, line('A', 'x', 2)), reference: 'order' },
      { type: 'confirm', reservationId: id },
    ]);
  }
  await shareOut(hub, 'shop-x', { reservations: ids });
  await feed(hub.ledger, [
    { type: 'askCancel', request: 'request 0', reservationId: 'back', peers: ['shop-x'] },
  ]);
  await meet(hub, x);
  await feed(x.ledger, [
    { type: 'fulfil', reservationId: 'sold' },
    { type: 'fulfil', reservationId: 'half', lines: [line('A', 'x', 1)] },
  ]);
  await meet(hub, x);
}

/** A product that goes when the other shop has said, too, that it has none. */
async function beginRemoval(hub: Storage, x: Storage): Promise<void> {
  await feed(hub.ledger, [{ type: 'deleteProduct', sku: 'C' }]);
  await meet(hub, x);
}

/** One request that is served, one that is refused, and one that is open. */
async function borrow(hub: Storage, x: Storage): Promise<void> {
  const want = { peer: 'shop-x', ...UNITS, units: 5 };
  await feed(hub.ledger, [{ type: 'ask', request: 'request 1', wants: [want] }]);
  await meet(hub, x);
  await feed(hub.ledger, [{ type: 'ask', request: 'request 2', wants: [{ ...want, sku: 'B' }] }]);
  await meet(hub, x);
  await feed(hub.ledger, [{ type: 'ask', request: 'request 3', wants: [want] }]);
}

/** The shop hands over more than it owns, and the hub makes up for a part of it. */
async function oweAndCover(hub: Storage, x: Storage): Promise<void> {
  await feed(x.ledger, [{ ...move('sell', 'A', 'x', 60), allowShortfall: true }]);
  await carry(x, hub);
}

/** A shop that is given up with units of its own, on its way, and of which something comes afterwards. */
async function retireShop(hub: Storage): Promise<void> {
  const y = await openShop('shop-y', 'y');
  await meet(hub, y);
  await feed(y.ledger, [move('receive', 'B', 'y', 10)]);
  await shareOut(y, HUB, { levels: [{ sku: 'B', location: 'y' }] });
  await meet(hub, y);
  const want = { peer: HUB, sku: 'B', location: 'y', units: 2 };
  await feed(y.ledger, [{ type: 'ask', request: 'request 4', wants: [want] }]);
  await carry(y, hub);
  await feed(hub.ledger, [{ type: 'retireNode', peer: 'shop-y' }]);
  const levels = [{ sku: 'B', location: 'y' }];
  await feed(hub.ledger, [{ type: 'writeOff', peer: 'shop-y', levels }]);
  await feed(y.ledger, [move('sell', 'B', 'y', 1)]);
  await carry(y, hub);
}

/** Everything that can be read of links. */
export async function linkedRows({ queries }: { readonly queries: Storage['queries'] }) {
  const { position } = await queries.head();
  const positions = Array.from({ length: position + 2 }, (_, index) => index);
  const shares = await queries.shares({ limit: 1_000 });
  const links = await queries.links();
  const page = { after: 0, limit: 10_000 };
  return {
    links,
    shares,
    mirrored: await Promise.all(links.map(({ peer }) => queries.mirrored({ peer, ...page }))),
    heads: await Promise.all(positions.map((at) => queries.mirrorsAt(at))),
    past: await Promise.all(
      shares.map((share) => Promise.all(positions.map((at) => queries.mirroredAt(share, at)))),
    ),
    ofX: await queries.mirroredReservation('of x'),
    sold: await queries.mirroredReservation('sold'),
  };
}

/** What a commit with these needs is shown. */
export async function load(ledger: LedgerStore, wanted: Needs): Promise<Rows> {
  let found: Rows | undefined;
  await ledger.commit(wanted, (rows) => {
    found = rows;
    return writes();
  });
  if (found === undefined) throw new Error('a commit decides');
  return found;
}

/** An entry of a peer's log that moves units at its own shop. */
export function entry(
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
