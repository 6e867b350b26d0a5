import type { LoggedEvent } from '../../src/domain/events.ts';
import type { Link } from '../../src/domain/links/link.ts';
import { shareKey } from '../../src/domain/links/share.ts';
import { concerns } from '../../src/nodes/concerns.ts';
import type { Tables } from '../memoryStorage/tables.ts';
import type { Site } from '../nodes/site.ts';
import type { Shop, World } from '../world/world.ts';
import { check } from './violation.ts';

/** Both ends of a link, as the databases have them. */
interface Pair {
  readonly hub: Tables;
  readonly shop: Tables;
  /** The hub's end. */
  readonly ofHub: Link;
  readonly ofShop: Link;
}

function pairOf(hub: Site, shop: Site): Pair | undefined {
  const ofHub = hub.disk.tables.links.get(shop.node);
  const ofShop = shop.disk.tables.links.get(hub.node);
  return ofHub && ofShop && { hub: hub.disk.tables, shop: shop.disk.tables, ofHub, ofShop };
}

/** What holds at every moment: nobody has received what was never written, nor believes that it was. */
export function checkCursors(world: World): void {
  const { disturbed } = world.parts.audit;
  for (const { site, isRetired } of world.shops) {
    const pair = isRetired ? undefined : pairOf(world.hub, site);
    if (!pair || disturbed.has(site.node) || disturbed.has(world.hub.node)) continue;
    const { hub, shop, ofHub, ofShop } = pair;
    checkDirection(`${site.node} to ${world.hub.node}`, shop, ofShop, ofHub);
    checkDirection(`${world.hub.node} to ${site.node}`, hub, ofHub, ofShop);
  }
}

function checkDirection(name: string, sender: Tables, ofSender: Link, ofReceiver: Link): void {
  const { received, acceptedThrough } = ofReceiver;
  const { acknowledged, considered } = ofSender;
  const head = sender.head.position;
  check(received <= head, () => `${name}: received up to ${received} of ${head}`);
  check(acknowledged <= received, () => `${name}: acknowledged ${acknowledged} of ${received}`);
  check(
    acceptedThrough <= received,
    () => `${name}: accepted through ${acceptedThrough} of ${received}`,
  );
  check(considered <= head, () => `${name}: considered up to ${considered} of ${head}`);
}

/** Whether both ends have found both logs whole. */
export function isAgreed(world: World, { site, isRetired }: Shop): boolean {
  const pair = isRetired ? undefined : pairOf(world.hub, site);
  if (!pair) return isRetired;
  const { hub, shop, ofHub, ofShop } = pair;
  const isCalm = ({ fence, recovery, reconcile }: Link) =>
    fence === null && recovery === null && !reconcile;
  return (
    isCalm(ofHub) &&
    isCalm(ofShop) &&
    ofHub.session === ofShop.session &&
    isBehind(shop, ofShop, ofHub) &&
    isBehind(hub, ofHub, ofShop)
  );
}

/** The newest session of the link that either end knows of; 0 before the first. */
export function sessionOf(world: World, { site }: Shop): number {
  const pair = pairOf(world.hub, site);
  return pair ? Math.max(pair.ofHub.session, pair.ofShop.session) : 0;
}

function isBehind({ head }: Tables, { acknowledged }: Link, { received }: Link): boolean {
  return acknowledged <= received && received <= head.position;
}

/** What a link still has to do before it is at rest. */
export function* unrestOf(world: World, { site, isRetired }: Shop): Iterable<string> {
  if (isRetired) return;
  const pair = pairOf(world.hub, site);
  if (!pair) {
    yield `${site.node} has not joined`;
    return;
  }
  const { ofHub, ofShop } = pair;
  const name = site.node;
  if (ofHub.session !== ofShop.session)
    yield `${name}: sessions ${ofHub.session} and ${ofShop.session}`;
  for (const [end, link] of [
    ['the hub', ofHub],
    ['the shop', ofShop],
  ] as const) {
    if (link.fence !== null) yield `${name}: ${end} is fenced: ${link.fence}`;
    if (link.reconcile) yield `${name}: ${end} waits to be reconciled`;
    if (link.recovery !== null) yield `${name}: ${end} is recovering`;
  }
  yield* unreceived(`${name} to hub`, pair.shop, ofShop, ofHub);
  yield* unreceived(`hub to ${name}`, pair.hub, ofHub, ofShop);
  yield* openRequests(`the hub of ${name}`, pair.hub, ofHub);
  yield* openRequests(name, pair.shop, ofShop);
}

function* unreceived(
  name: string,
  sender: Tables,
  ofSender: Link,
  { received }: Link,
): Iterable<string> {
  const left = sender.events
    .slice(received)
    .filter((event: LoggedEvent) => concerns(ofSender, event));
  if (left.length > 0) yield `${name}: ${left.length} entries to go from ${received}`;
  else if (ofSender.acknowledged !== received) {
    yield `${name}: received ${received}, acknowledged ${ofSender.acknowledged}`;
  }
}

function* openRequests(
  name: string,
  { shares }: Tables,
  { peer, session }: Link,
): Iterable<string> {
  for (const share of shares.values()) {
    if (share.peer !== peer || share.request === null || share.requestSession !== session) continue;
    yield `${name}: a request for ${share.sku} is not answered`;
  }
}

const ACCOUNTS = ['available', 'reserved', 'committed', 'unavailable', 'version'] as const;

/** When all is at rest each end knows exactly what the other owns. */
export function checkPictures(world: World): void {
  for (const { site, isRetired } of world.shops) {
    const pair = isRetired ? undefined : pairOf(world.hub, site);
    if (!pair) continue;
    const { location } = pair.ofHub;
    // What a copy and its original have both taken in is counted twice when the two are made one again.
    const wasCopied = world.parts.copies.wasLetIn(site.node);
    checkPicture(pair.hub, site.node, pair.shop, location);
    if (!wasCopied) checkArrivals(pair.hub, site.node);
    if (!wasCopied) checkArrivals(pair.shop, world.hub.node);
    checkPicture(pair.shop, world.hub.node, pair.hub, location);
  }
}

function checkPicture(viewer: Tables, peer: string, truth: Tables, location: string): void {
  for (const level of truth.levels.values()) {
    if (level.location !== location) continue;
    const share = viewer.shares.get(shareKey(peer, level.sku, location));
    const name = `${viewer.node}'s picture of ${level.sku} at ${peer}`;
    for (const account of ACCOUNTS) {
      const shown = share?.[account] ?? 0;
      check(
        shown === level[account],
        () => `${name}: ${account} ${shown} instead of ${level[account]}`,
      );
    }
  }
}

/** Nothing is on its way any more. */
function checkArrivals(viewer: Tables, peer: string): void {
  for (const share of viewer.shares.values()) {
    if (share.peer !== peer) continue;
    const { sku, granted, arrived } = share;
    check(
      granted === arrived,
      () => `${viewer.node}: of ${sku} ${granted} were passed to ${peer}, ${arrived} arrived`,
    );
  }
}
