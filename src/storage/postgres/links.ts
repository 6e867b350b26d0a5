import type { Link } from '../../domain/links/link.ts';
import type { Share } from '../../domain/links/share.ts';
import type { ShareName } from '../../ledger/store.ts';
import { LINK_COLUMNS, type LinkColumns, linkOf, SHARE_COLUMNS, shareOf } from '../rows/links.ts';
import { one, type Runner, statement } from './statement.ts';

const READ_LINK = statement<LinkColumns>(
  'link',
  `SELECT ${LINK_COLUMNS} FROM links WHERE peer = $1`,
);
const READ_LINKS = statement<LinkColumns>(
  'links',
  `SELECT ${LINK_COLUMNS} FROM links ORDER BY peer`,
);
const READ_SHARE = statement<Share>(
  'share',
  `SELECT ${SHARE_COLUMNS} FROM shares WHERE sku = $1 AND location = $2 AND peer = $3`,
);

export class LinkReader {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async link(peer: string): Promise<Link | undefined> {
    const columns = await one(this.#runner, READ_LINK, [peer]);
    return columns && linkOf(columns);
  }

  /** By peer. */
  async links(): Promise<Link[]> {
    return (await this.#runner.run(READ_LINKS)).map(linkOf);
  }

  async share({ sku, location, peer }: ShareName): Promise<Share | undefined> {
    const columns = await one(this.#runner, READ_SHARE, [sku, location, peer]);
    return columns && shareOf(columns);
  }
}
