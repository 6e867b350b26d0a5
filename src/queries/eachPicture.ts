import type { Share } from '../domain/links/share.ts';
import type { LevelRow } from '../ledger/books.ts';
import { eachLevel, LEVELS_PER_READ } from './eachLevel.ts';
import {
  findOthers,
  type NodeStock,
  type NodeStockSources,
  nodeStocksOf,
  type Others,
} from './nodeStock.ts';
import { compareLevels, type LevelPlace } from './order.ts';
import type { LevelPage, ListStore, QueryStore } from './store.ts';

/** A level with what other nodes own of it. */
export interface LevelPicture extends LevelPlace {
  /** Undefined where this node never had any: then `nodes` is not empty. */
  readonly level: LevelRow | undefined;
  readonly nodes: readonly NodeStock[];
}

export interface PictureSources extends NodeStockSources {
  readonly lists: Pick<ListStore, 'levels'>;
}

export interface PictureFilter extends Pick<LevelPage, 'skus' | 'location' | 'position'> {
  /** The level before the first one; absent for the beginning. */
  readonly after?: LevelPlace;
  /** Rows that are read at once. */
  readonly perRead?: number;
}

/**
 * All levels of this node and of those that it has links to, by (sku, location). Nothing is read before it is asked for,
 * so a page of `perRead` rows costs one read of each kind.
 */
export async function* eachPicture(
  sources: PictureSources,
  filter: PictureFilter,
): AsyncGenerator<LevelPicture, void, void> {
  const levels = eachLevel(sources.lists, filter);
  const [first, others] = await Promise.all([levels.next(), findOthers(sources, filter.position)]);
  const shared = eachSharedLevel(sources.store, others, filter);
  let level = first;
  let share = await shared.next();
  while (!(level.done && share.done)) {
    const order = orderOf(level, share);
    yield pictureOf(
      order <= 0 && !level.done ? level.value : undefined,
      order >= 0 && !share.done ? share.value : undefined,
    );
    if (order <= 0) level = await levels.next();
    if (order >= 0) share = await shared.next();
  }
}

type Next<T> = IteratorResult<T, void>;

function orderOf(level: Next<LevelRow>, share: Next<SharedLevel>): number {
  if (level.done) return 1;
  if (share.done) return -1;
  return compareLevels(level.value, share.value);
}

function pictureOf(level: LevelRow | undefined, shared: SharedLevel | undefined): LevelPicture {
  const { sku = '', location = '' } = level ?? shared ?? {};
  return { sku, location, level, nodes: shared?.nodes ?? [] };
}

interface SharedLevel extends LevelPlace {
  /** Never empty. */
  readonly nodes: readonly NodeStock[];
}

/** Levels that other nodes own units of, by (sku, location). */
async function* eachSharedLevel(
  store: NodeStockSources['store'],
  others: Others,
  filter: PictureFilter,
): AsyncGenerator<SharedLevel, void, void> {
  if (others.links === null) return;
  let group: SharedLevel | undefined;
  for await (const [share, node] of eachShare(store, others, filter)) {
    if (node === undefined) continue;
    const { sku, location } = share;
    if (group && compareLevels(group, share) === 0) {
      group = { ...group, nodes: [...group.nodes, node] };
      continue;
    }
    if (group) yield group;
    group = { sku, location, nodes: [node] };
  }
  if (group) yield group;
}

async function* eachShare(
  store: Pick<QueryStore, 'shares' | 'mirroredAt'>,
  others: Others,
  { skus, location, after: start, perRead: limit = LEVELS_PER_READ }: PictureFilter,
): AsyncGenerator<readonly [Share, NodeStock | undefined], void, void> {
  const filter = { ...(skus && { skus }), ...(location !== undefined && { location }), limit };
  // No peer is named by an empty text, so those of the level itself come too, and are passed over.
  let after = start && { sku: start.sku, location: start.location, peer: '' };
  for (;;) {
    const shares = await store.shares({ ...filter, ...(after && { after }) });
    const nodes = await nodeStocksOf(store, others, shares);
    for (const [index, share] of shares.entries()) {
      if (start === undefined || compareLevels(share, start) > 0) yield [share, nodes[index]];
    }
    after = shares.at(-1);
    if (!after || shares.length < limit) return;
  }
}
