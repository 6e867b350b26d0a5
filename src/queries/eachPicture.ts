import type { LevelRow } from '../ledger/books.ts';
import { eachLevel, LEVELS_PER_READ } from './eachLevel.ts';
import {
  type NodeStock,
  type NodeStockSources,
  Others,
  type PictureDetail,
  type SharePicture,
} from './nodeStock.ts';
import { compareLevels, type LevelPlace } from './order.ts';
import type { LevelPage, ListStore } from './store.ts';

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
  /** See `Others`. */
  readonly detail?: PictureDetail;
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
  const shared = eachSharedLevel(new Others(sources, filter.position, filter.detail), filter);
  let [level, share] = await Promise.all([levels.next(), shared.next()]);
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
  others: Others,
  filter: PictureFilter,
): AsyncGenerator<SharedLevel, void, void> {
  let group: SharedLevel | undefined;
  for await (const [share, node] of eachShare(others, filter)) {
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
  others: Others,
  { skus, location, after: start, perRead: limit = LEVELS_PER_READ }: PictureFilter,
): AsyncGenerator<SharePicture, void, void> {
  const filter = { ...(skus && { skus }), ...(location !== undefined && { location }), limit };
  // No peer is named by an empty text, so those of the level itself come too, and are passed over.
  let after = start && { sku: start.sku, location: start.location, peer: '' };
  for (;;) {
    const pictures = await others.read({ ...filter, ...(after && { after }) });
    for (const picture of pictures) {
      if (start === undefined || compareLevels(picture[0], start) > 0) yield picture;
    }
    after = pictures.at(-1)?.[0];
    if (!after || pictures.length < limit) return;
  }
}
