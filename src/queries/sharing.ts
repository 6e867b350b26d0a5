import type { Movement } from '../domain/events.ts';
import type { Link } from '../domain/links/link.ts';
import { kindOf, type PolicyKind, policyOf, type SharePolicy } from '../domain/links/policy.ts';
import { units } from './explainParts.ts';
import type { QueryStore, Stamped } from './store.ts';

/** How far back the last move of a level is looked for, in movements. */
const MOVEMENTS_LOOKED_AT = 200;

/** How a level is shared with another node: who is to own what at rest, and what was moved for it last. */
export interface Sharing {
  /** The other end. */
  readonly node: string;
  readonly policy: Omit<SharePolicy, 'adaptive'> & { readonly kind: PolicyKind };
  /** What the policy is set for. */
  readonly setFor: 'location' | 'category' | 'sku';
  /** The newest of those that are not long ago; null where there is none. */
  readonly lastMove: LastMove | null;
  readonly text: string;
}

export interface LastMove {
  readonly units: number;
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly reason: string;
}

type Store = Pick<QueryStore, 'link' | 'location' | 'product' | 'shares' | 'statement'>;

/** @returns null where the level is this node's alone */
export async function readSharing(
  store: Store,
  sku: string,
  location: string,
): Promise<Sharing | null> {
  const link = await linkAt(store, location);
  if (link === undefined) return null;
  const category = (await store.product(sku))?.category;
  const found = policyOf(link.policy, sku, category);
  const { hubShare, floor } = found;
  const policy = { kind: kindOf(found), hubShare, floor };
  const lastMove = await findLastMove(store, link.self, sku, location);
  return {
    node: link.peer,
    policy,
    setFor: 'of' in found && found.of === 'sku' ? 'sku' : 'of' in found ? 'category' : 'location',
    lastMove,
    text: `${policyText(policy)}${lastMove === null ? '' : moveText(lastMove)}`,
  };
}

/** At the hub the link of the node that has the goods; in a shop that to its hub, the only one. */
async function linkAt(store: Store, location: string): Promise<Link | undefined> {
  const holder = (await store.location(location))?.node;
  const link = holder === undefined ? await hubLink(store, location) : await store.link(holder);
  return link?.status === 'active' ? link : undefined;
}

/** Whoever owns units at the location besides this node. */
async function hubLink(store: Store, location: string): Promise<Link | undefined> {
  const [share] = await store.shares({ location, limit: 1 });
  return share && store.link(share.peer);
}

async function findLastMove(
  store: Store,
  node: string,
  sku: string,
  location: string,
): Promise<LastMove | null> {
  const page = { sku, location, newestFirst: true, limit: MOVEMENTS_LOOKED_AT };
  for (const movement of await store.statement(page)) {
    const move = lastMoveOf(movement, node);
    if (move !== undefined) return move;
  }
  return null;
}

function lastMoveOf(
  { type, quantity, time, details }: Movement & Stamped,
  node: string,
): LastMove | undefined {
  const { peer, reason } = details ?? {};
  if (peer === undefined || reason === undefined) return undefined;
  if (type !== 'grant' && type !== 'accept') return undefined;
  return { units: quantity, to: type === 'grant' ? peer : node, time, reason };
}

function policyText({ kind, hubShare, floor }: Sharing['policy']): string {
  const kept = floor === 0 ? '' : `, after ${units(floor)} that the shop keeps`;
  switch (kind) {
    case 'adaptive':
      return `Units are moved to where they sell${kept}.`;
    case 'hub':
      return 'The hub owns all at rest; the shop asks for what it sells.';
    case 'shop':
      return 'The shop owns all at rest; the hub asks for what it sells.';
    case 'split':
      return `The hub owns ${hubShare} of what is available at rest${kept}.`;
  }
}

function moveText({ units: moved, to, time, reason }: LastMove): string {
  return ` ${units(moved)} went to ${to} at ${new Date(time).toISOString()} (${reason}).`;
}
