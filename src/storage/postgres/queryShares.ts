import type { Share } from '../../domain/links/share.ts';
import type { SharePage } from '../../queries/store.ts';
import { compareBytes } from '../rows/bytes.ts';
import { SHARE_COLUMNS, shareOf } from '../rows/links.ts';
import { type Runner, type Statement, statement, type Value } from './statement.ts';

const SELECT = `SELECT ${SHARE_COLUMNS} FROM shares`;
const AFTER = '(sku, location, peer) > ($1, $2, $3)';
const OF_PEER = (parameter: string) => `(${parameter}::text IS NULL OR peer = ${parameter})`;

// Each goes along an index in the order of the page; what else is asked for leaves out few of the rows on the way.
const READ = statement<Share>(
  'shares',
  `${SELECT} WHERE ${AFTER} ORDER BY sku, location, peer LIMIT $4`,
);
const READ_AT_LOCATION = statement<Share>(
  'shares_at_location',
  `${SELECT} WHERE location = $5 AND sku >= $1 AND ${AFTER} AND ${OF_PEER('$6')}
  ORDER BY sku, peer LIMIT $4`,
);
const READ_OF_PEER = statement<Share>(
  'shares_of_peer',
  `${SELECT} WHERE peer = $5 AND sku >= $1 AND ${AFTER} ORDER BY sku, location LIMIT $4`,
);
// One short range for each SKU, as for pages of levels.
const READ_OF_SKUS = statement<Share>(
  'shares_of_skus',
  `SELECT found.* FROM unnest($5::text[]) WITH ORDINALITY AS wanted (sku, place)
  CROSS JOIN LATERAL (
    ${SELECT} WHERE shares.sku = wanted.sku AND ${AFTER}
      AND ($6::text IS NULL OR location = $6) AND ${OF_PEER('$7')}
    ORDER BY location, peer LIMIT $4
  ) AS found
  ORDER BY wanted.place, found.location, found.peer LIMIT $4`,
);

const FIRST = { sku: '', location: '', peer: '' };

/** Pages of what peers own, by (sku, location, peer). */
export class ShareQueries {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async shares(page: SharePage): Promise<Share[]> {
    return (await this.#runner.run(...pageStatement(page))).map(shareOf);
  }
}

function pageStatement(page: SharePage): [Statement<Share>, Value[]] {
  const { skus, location = null, peer = null, after = FIRST, limit } = page;
  const common = [after.sku, after.location, after.peer, limit];
  if (skus !== undefined) {
    const wanted = [...new Set(skus)].filter((sku) => compareBytes(sku, after.sku) >= 0);
    return [READ_OF_SKUS, [...common, wanted.sort(compareBytes), location, peer]];
  }
  if (location !== null) return [READ_AT_LOCATION, [...common, location, peer]];
  return peer === null ? [READ, common] : [READ_OF_PEER, [...common, peer]];
}
