import type { LinkCommand } from '../../src/domain/links/commands.ts';
import type { Link } from '../../src/domain/links/link.ts';
import { inFlight } from '../../src/domain/links/share.ts';
import { onHand } from '../../src/domain/stock.ts';
import { sha256 } from '../nodes/server.ts';
import type { Site } from '../nodes/site.ts';
import { drawPolicy } from './policies.ts';
import { isTrouble, PATIENCE_MS } from './requests.ts';
import type { Shop, World } from './world.ts';

const OPERATOR = 'operator';

/** How long an operator waits before the next attempt. */
const RETRY_MS = 200;

/**
 * What an operator does with a tool on the node's database, again until it is done.
 * @param commandOf the command for the link as it is now; null when there is nothing to do
 */
async function operate(
  world: World,
  site: Site,
  peer: string,
  commandOf: (link: Link | undefined) => LinkCommand | null,
): Promise<void> {
  while (!site.isGone) {
    const command = commandOf(site.disk.tables.links.get(peer));
    if (command === null) return;
    if (await tried(world, site, command)) return;
    await world.pause(RETRY_MS);
  }
}

/** @returns whether it was done; a link may have changed since it was looked at */
async function tried(world: World, site: Site, command: LinkCommand): Promise<boolean> {
  const server = site.running[0];
  if (server === undefined) return false;
  const work = { actor: OPERATOR, requestId: world.newId(), items: [{ command }] };
  const answered = server.insides.ledger.submit(work).catch((error: unknown) => {
    if (!isTrouble(error)) throw error;
    return null;
  });
  const answer = await Promise.race([answered, world.after(PATIENCE_MS)]);
  const outcome = answer?.kind === 'done' ? answer.items[0]?.outcome : undefined;
  world.note(`${OPERATOR} at ${site.node}: ${command.type}: ${outcome?.kind ?? 'no answer'}`);
  return outcome?.kind === 'link';
}

/** Makes the shop's node known to the hub. */
export async function enrol(world: World, shop: Shop): Promise<void> {
  const { hub, profile } = world;
  const { policy } = profile;
  const { location, secret, site } = shop;
  await operate(world, hub, site.node, (known) =>
    known
      ? null
      : {
          type: 'addLink',
          link: {
            peer: site.node,
            peerRole: 'store',
            self: hub.node,
            location,
            secret: sha256(secret),
            policy,
          },
        },
  );
  shop.isEnrolled = true;
}

export async function changePolicy(world: World, { site }: Shop): Promise<void> {
  const policy = drawPolicy(world.random);
  await operate(world, world.hub, site.node, (link) =>
    link === undefined || link.status === 'retired'
      ? null
      : { type: 'updateLink', peer: site.node, session: link.session, change: { policy } },
  );
}

/** Allows one reconciliation of a link that asks for one. */
export async function reconcile(world: World, shop: Shop): Promise<void> {
  await operate(world, world.hub, shop.site.node, (link) => {
    const isAsked = link?.fence === 'restored' || link?.fence === 'copied';
    const storeFence = shop.site.disk.tables.links.get(world.hub.node)?.fence;
    const isAskedThere = storeFence === 'restored' || storeFence === 'copied';
    if (!link || link.reconcile || link.status === 'retired' || !(isAsked || isAskedThere))
      return null;
    world.parts.copies.settle(shop.site.node);
    return {
      type: 'updateLink',
      peer: shop.site.node,
      session: link.session,
      change: { reconcile: true },
    };
  });
}

/** Gives a shop's node up for lost, and writes off what it owned. */
export async function retire(world: World, shop: Shop): Promise<void> {
  const { node } = shop.site;
  shop.isRetired = true;
  world.parts.audit.abandoned.add(shop.location);
  await operate(world, world.hub, node, (link) =>
    link === undefined || link.status === 'retired' ? null : { type: 'retireNode', peer: node },
  );
  await operate(world, world.hub, node, () => {
    const levels = [...world.hub.disk.tables.shares.values()].filter(
      (share) => share.peer === node && onHand(share) + inFlight(share) > 0,
    );
    return levels.length === 0 ? null : { type: 'writeOff', peer: node, levels };
  });
}
