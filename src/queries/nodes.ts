import type { Link } from '../domain/links/link.ts';
import { cursorFormat } from './cursor.ts';
import { type Listing, type Paging, readListing } from './listing.ts';
import { type KnownUpTo, NOW } from './nodeStock.ts';
import { answer, type QueryResult, turnDown } from './refusals.ts';
import type { QueryStore } from './store.ts';

/** A link, and how far its two ends are behind each other. */
export interface NodeReport {
  readonly link: Link;
  /** The newest entry of the peer's log that was applied here; null before the first. */
  readonly newest: KnownUpTo | null;
  /** Newest position of this node's log. */
  readonly head: number;
}

type NodeStore = Pick<QueryStore, 'link' | 'links' | 'mirrorsAt' | 'head'>;

const cursors = cursorFormat('nodes', { peer: 'string' });

export async function readNode(store: NodeStore, name: string): Promise<QueryResult<NodeReport>> {
  const link = await store.link(name);
  const [report] = await reportsOf(store, link ? [link] : []);
  return report ? answer(report) : turnDown({ code: 'node_not_found', node: name });
}

/** By name. */
export async function listNodes(
  store: NodeStore,
  paging: Paging,
): Promise<QueryResult<Listing<NodeReport>>> {
  const links = await store.links();
  return readListing(
    {
      cursors,
      scope: [],
      read: async ({ after, limit }) => {
        // A link is never removed, so the last one of the page before is still there.
        const start = after ? 1 + links.findIndex(({ peer }) => peer === after.peer) : 0;
        return reportsOf(store, links.slice(start, start + limit));
      },
      keyOf: ({ link }) => ({ peer: link.peer }),
    },
    paging,
  );
}

async function reportsOf(store: NodeStore, links: readonly Link[]): Promise<readonly NodeReport[]> {
  if (links.length === 0) return [];
  const peers = links.map(({ peer }) => peer);
  const heads = new Map((await store.mirrorsAt(NOW, peers)).map((head) => [head.peer, head]));
  const { position: head } = await store.head();
  return links.map((link) => {
    const { position, time } = heads.get(link.peer) ?? {};
    const newest = position === undefined || time === undefined ? null : { position, time };
    return { link, newest, head };
  });
}
