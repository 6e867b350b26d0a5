import { isMovement } from '../domain/events.ts';
import type { Link } from '../domain/links/link.ts';
import { inFlight, type Share } from '../domain/links/share.ts';
import { type Balances, onHand } from '../domain/stock.ts';
import type { Retirements } from './retirements.ts';
import type { MirrorHead, QueryStore } from './store.ts';

/** Peers that one level is shared with; a location has one shop's node at a time, and few over the years. */
const PEERS_OF_LEVEL_MAX = 1_000;

/** Everything that has been applied by now. */
export const NOW = Number.MAX_SAFE_INTEGER;

/** How far a node's log is known: all of it up to `position`. */
export interface KnownUpTo {
  readonly position: number;
  /** Milliseconds since 1970, on that node's clock. */
  readonly time: number;
}

/** What another node owns of a level, as its log says as far as it is known here. */
export interface NodeStock extends Balances {
  readonly node: string;
  readonly onHand: number;
  /** Counts the movements of the level at that node. */
  readonly version: number;
  /** When it last moved there, milliseconds since 1970 on that node's clock; 0 where it never did. */
  readonly movedAt: number;
  /** Units on their way there. Absent in an answer about the past. */
  readonly inTransit?: number;
  /** Null where nothing of the node's log is known yet. */
  readonly asOf: KnownUpTo | null;
}

export interface NodeStockSources {
  readonly store: Pick<QueryStore, 'links' | 'shares' | 'mirroredAt' | 'mirrorsAt'>;
  readonly retirements: Retirements;
}

/** What is looked at for all levels of one answer. */
export interface Others {
  /** Null where this node has no link to any other: then there is nothing to look for. */
  readonly links: readonly Link[] | null;
  /** Of this log; absent: as things stand now. */
  readonly position?: number;
  readonly heads: ReadonlyMap<string, MirrorHead>;
  readonly retired: ReadonlySet<string>;
}

const NOBODY: Others = { links: null, heads: new Map(), retired: new Set() };

/** Who there is, and how far each is known: a cut of cursors at a position of this log, not of clocks. */
export async function findOthers(sources: NodeStockSources, position?: number): Promise<Others> {
  return describeOthers(sources, await sources.store.links(), position);
}

/** The same for whoever has read the links already, beside something else. */
export async function describeOthers(
  { store, retirements }: NodeStockSources,
  links: readonly Link[],
  position?: number,
): Promise<Others> {
  if (links.length === 0) return NOBODY;
  // Read before the shares, so that nothing is shown as newer than it is.
  const heads = new Map((await store.mirrorsAt(position ?? NOW)).map((head) => [head.peer, head]));
  if (position === undefined) return { links, heads, retired: new Set() };
  return { links, heads, position, retired: await retirements.by(links, position) };
}

/** What others own of one level; empty where that is nothing. */
export async function readNodeStocks(
  store: NodeStockSources['store'],
  others: Others,
  sku: string,
  location: string,
): Promise<readonly NodeStock[]> {
  if (others.links === null) return [];
  const shares = await store.shares({ skus: [sku], location, limit: PEERS_OF_LEVEL_MAX });
  return (await nodeStocksOf(store, others, shares)).filter((one) => one !== undefined);
}

/** For each share what is shown of it; undefined where the node owns nothing and nothing is on its way there. */
export function nodeStocksOf(
  store: Pick<QueryStore, 'mirroredAt'>,
  others: Others,
  shares: readonly Share[],
): Promise<readonly (NodeStock | undefined)[]> {
  return Promise.all(
    shares.map((share) => {
      const { position } = others;
      return position === undefined
        ? stockNow(others, share)
        : stockAt(store, others, share, position);
    }),
  );
}

function stockNow({ heads }: Others, share: Share): NodeStock | undefined {
  const { peer, version, time } = share;
  const inTransit = inFlight(share);
  if (inTransit === 0 && isEmpty(share)) return undefined;
  return {
    ...ownedBy(peer, share),
    version,
    movedAt: time,
    inTransit,
    asOf: knownUpTo(heads.get(peer)),
  };
}

/** What was on its way then is not looked up: no row tells it, and the grants of a level may be many. */
async function stockAt(
  store: Pick<QueryStore, 'mirroredAt'>,
  { heads, retired }: Others,
  share: Share,
  position: number,
): Promise<NodeStock | undefined> {
  const { peer } = share;
  if (retired.has(peer)) return undefined;
  const event = await store.mirroredAt(share, position);
  if (!event || !isMovement(event) || isEmpty(event.balances)) return undefined;
  const { balances, version, time } = event;
  return {
    ...ownedBy(peer, balances),
    version,
    movedAt: time,
    asOf: knownUpTo(heads.get(peer)),
  };
}

function ownedBy(node: string, balances: Balances) {
  const { available, reserved, committed, unavailable } = balances;
  return { node, onHand: onHand(balances), available, reserved, committed, unavailable };
}

function isEmpty({ available, reserved, committed, unavailable }: Balances): boolean {
  return available === 0 && reserved === 0 && committed === 0 && unavailable === 0;
}

function knownUpTo(head: MirrorHead | undefined): KnownUpTo | null {
  return head ? { position: head.position, time: head.time } : null;
}
