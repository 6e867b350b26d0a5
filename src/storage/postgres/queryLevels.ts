import type { LevelRow } from '../../ledger/books.ts';
import type { Hold, HoldPage, LevelPage } from '../../queries/store.ts';
import { LEVEL_COLUMNS, type LevelColumns, levelRowOf } from '../rows/levels.ts';
import { HoldReader } from './holds.ts';
import { LevelReader, STOCKED } from './levels.ts';
import { ReadGroup } from './readGroup.ts';
import { one, type Runner, type Statement, statement, type Value } from './statement.ts';

const LEVEL_AT_COLUMNS = `
  names.id, names.sku, names.location,
  events.available, events.reserved, events.committed, events.unavailable, events.version,
  events.time AS "updatedAt"`;

/** The newest movement of a level at or before a position: the first entry of one index range. */
const LEFT_AT = (position: string) => `CROSS JOIN LATERAL (
    SELECT * FROM events AS earlier WHERE earlier.level = names.id AND earlier.position <= ${position}
    ORDER BY earlier.position DESC LIMIT 1
  ) AS events`;

const READ_AT = statement<LevelColumns>(
  'level_at',
  `SELECT ${LEVEL_AT_COLUMNS} FROM level_ids AS names ${LEFT_AT('$3')}
  WHERE names.sku = $1 AND names.location = $2`,
);

// Names come in the order of the page, each with one look-up of its stock.
const NOW = `SELECT ${LEVEL_COLUMNS} FROM level_ids AS names ${STOCKED}`;
const AT = `SELECT ${LEVEL_AT_COLUMNS} FROM level_ids AS names ${LEFT_AT('$4')}`;
const PAGE = `(names.sku, names.location) > ($1, $2)
  ORDER BY names.sku, names.location LIMIT $3`;

interface PageStatements {
  readonly everywhere: Statement<LevelColumns>;
  readonly atLocation: Statement<LevelColumns>;
  readonly ofSkus: Statement<LevelColumns>;
  readonly ofSkusAtLocation: Statement<LevelColumns>;
}

/** @param filter the number of the first parameter behind those that all of them have */
function pageStatements(name: string, select: string, filter: number): PageStatements {
  const page = (which: string, where: string) =>
    statement<LevelColumns>(`${name}_${which}`, `${select}\n  WHERE ${where}`);
  return {
    everywhere: page('everywhere', PAGE),
    atLocation: page('at_location', `names.location = $${filter} AND ${PAGE}`),
    ofSkus: page('of_skus', `names.sku = ANY ($${filter}) AND ${PAGE}`),
    ofSkusAtLocation: page(
      'of_skus_at_location',
      `names.sku = ANY ($${filter}) AND names.location = $${filter + 1} AND ${PAGE}`,
    ),
  };
}

const PAGES_NOW = pageStatements('levels', NOW, 4);
const PAGES_AT = pageStatements('levels_at', AT, 5);

export class LevelQueries {
  readonly #runner: Runner;
  readonly #group: ReadGroup;
  readonly #holds: HoldReader;

  constructor(runner: Runner) {
    this.#runner = runner;
    this.#group = new ReadGroup(new LevelReader(runner));
    this.#holds = new HoldReader(runner);
  }

  /** The busiest read of all. */
  level(sku: string, location: string): Promise<LevelRow | undefined> {
    return this.#group.level(sku, location);
  }

  async levelAt(sku: string, location: string, position: number): Promise<LevelRow | undefined> {
    const columns = await one(this.#runner, READ_AT, [sku, location, position]);
    return columns && levelRowOf(columns);
  }

  async levels(page: LevelPage): Promise<LevelRow[]> {
    const { after = FIRST_LEVEL, limit, position } = page;
    const pages = position === undefined ? PAGES_NOW : PAGES_AT;
    const moment = position === undefined ? [] : [position];
    const [wanted, filter] = filterOf(page, pages);
    const values = [after.sku, after.location, limit, ...moment, ...filter];
    return (await this.#runner.run(wanted, values)).map(levelRowOf);
  }

  holds(page: HoldPage): Promise<Hold[]> {
    return this.#holds.page(page);
  }
}

const FIRST_LEVEL = { sku: '', location: '' };

/** The statement for a page, with the values that it has besides those of every page. */
function filterOf(
  { skus, location }: LevelPage,
  pages: PageStatements,
): [Statement<LevelColumns>, Value[]] {
  if (skus === undefined) {
    return location === undefined ? [pages.everywhere, []] : [pages.atLocation, [location]];
  }
  return location === undefined
    ? [pages.ofSkus, [skus]]
    : [pages.ofSkusAtLocation, [skus, location]];
}
