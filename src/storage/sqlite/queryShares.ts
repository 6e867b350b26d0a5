import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Share } from '../../domain/links/share.ts';
import type { SharePage } from '../../queries/store.ts';
import { compareBytes } from '../rows/bytes.ts';
import { SHARE_COLUMNS, shareOf } from '../rows/links.ts';
import { allNamed } from './statement.ts';

const AFTER = `
  SELECT ${SHARE_COLUMNS} FROM shares WHERE (sku, location, peer) > (:sku, :location, :peer)`;
const IN_ORDER = 'ORDER BY sku, location, peer LIMIT :limit';

// Each goes along an index in the order of the page; what else is asked for leaves out few of the rows on the way.
const READ = `${AFTER} ${IN_ORDER}`;
const READ_OF_SKU = `${AFTER}
  AND sku = :ofSku AND (:ofPeer IS NULL OR peer = :ofPeer)
  ${IN_ORDER}`;
const READ_OF_LEVEL = `${AFTER}
  AND sku = :ofSku AND location = :at AND (:ofPeer IS NULL OR peer = :ofPeer)
  ${IN_ORDER}`;
const READ_AT_LOCATION = `${AFTER}
  AND location = :at AND (:ofPeer IS NULL OR peer = :ofPeer)
  ${IN_ORDER}`;
const READ_OF_PEER = `${AFTER} AND peer = :ofPeer ${IN_ORDER}`;

const FIRST = { sku: '', location: '', peer: '' };

/** Pages of what peers own, by (sku, location, peer). */
export class ShareQueries {
  readonly #all: StatementSync;
  readonly #ofSku: StatementSync;
  readonly #ofLevel: StatementSync;
  readonly #atLocation: StatementSync;
  readonly #ofPeer: StatementSync;

  constructor(db: DatabaseSync) {
    this.#all = db.prepare(READ);
    this.#ofSku = db.prepare(READ_OF_SKU);
    this.#ofLevel = db.prepare(READ_OF_LEVEL);
    this.#atLocation = db.prepare(READ_AT_LOCATION);
    this.#ofPeer = db.prepare(READ_OF_PEER);
  }

  shares(page: SharePage): Share[] {
    const { skus, location, peer, limit } = page;
    if (skus !== undefined) return this.#ofSkus(skus, page);
    const from = { ...placeAfter(page), limit };
    if (location !== undefined) {
      return read(this.#atLocation, { ...from, at: location, ofPeer: peer ?? null });
    }
    return peer === undefined
      ? read(this.#all, from)
      : read(this.#ofPeer, { ...from, ofPeer: peer });
  }

  /** One short range for each SKU, in the order of the engine. */
  #ofSkus(skus: readonly string[], page: SharePage): Share[] {
    const { location: at, peer: ofPeer = null, limit } = page;
    const from = placeAfter(page);
    const rows: Share[] = [];
    for (const ofSku of [...new Set(skus)].sort(compareBytes)) {
      if (rows.length >= limit) break;
      const rest = { ...from, ofSku, ofPeer, limit: limit - rows.length };
      if (at === undefined) rows.push(...read(this.#ofSku, rest));
      else rows.push(...read(this.#ofLevel, { ...rest, at }));
    }
    return rows;
  }
}

function placeAfter({ after = FIRST }: SharePage): typeof FIRST {
  const { sku, location, peer } = after;
  return { sku, location, peer };
}

function read(
  statement: StatementSync,
  parameters: Readonly<Record<string, string | number | null>>,
): Share[] {
  return allNamed<Share>(statement, parameters).map(shareOf);
}
