import type { LevelPage } from '../../queries/store.ts';
import { compareBytes } from '../rows/bytes.ts';
import { LEVEL_COLUMNS, type LevelColumns } from '../rows/levels.ts';
import { STOCKED } from './levels.ts';
import { type Statement, statement, type Value } from './statement.ts';

export const LEVEL_AT_COLUMNS = `
  names.id, names.sku, names.location,
  events.available, events.reserved, events.committed, events.unavailable, events.version,
  events.time AS "updatedAt"`;

/** The newest movement of a level at or before a position: the first entry of one index range. */
export function leftAt(position: string): string {
  return `CROSS JOIN LATERAL (
    SELECT * FROM events AS earlier WHERE earlier.level = names.id AND earlier.position <= ${position}
    ORDER BY earlier.position DESC LIMIT 1
  ) AS events`;
}

/** What is shown of each name, and where it is looked up. */
interface Picture {
  readonly columns: string;
  readonly stock: string;
}

/** The statements for pages of levels, either as they are or as a position left them. */
interface PageStatements {
  readonly everywhere: Statement<LevelColumns>;
  readonly atLocation: Statement<LevelColumns>;
  readonly ofSkus: Statement<LevelColumns>;
  readonly ofSkusAtLocation: Statement<LevelColumns>;
}

const PAGES_NOW = pageStatements('levels', { columns: LEVEL_COLUMNS, stock: STOCKED }, 4);
const PAGES_AT = pageStatements('levels_at', { columns: LEVEL_AT_COLUMNS, stock: leftAt('$4') }, 5);

/** @param next the number of the first parameter behind those that all of them have */
function pageStatements(name: string, picture: Picture, next: number): PageStatements {
  const atLocation = (number: number) => `AND names.location = $${number}`;
  return {
    everywhere: statement(`${name}_everywhere`, pageOfNames(picture, '')),
    atLocation: statement(`${name}_at_location`, pageOfNames(picture, atLocation(next))),
    ofSkus: statement(`${name}_of_skus`, pageOfSkus(picture, next, '')),
    ofSkusAtLocation: statement(
      `${name}_of_skus_at_location`,
      pageOfSkus(picture, next, atLocation(next + 1)),
    ),
  };
}

/** Names come in the order of the page, each with one look-up of its stock. */
function pageOfNames({ columns, stock }: Picture, filter: string): string {
  return `SELECT ${columns} FROM level_ids AS names ${stock}
  WHERE (names.sku, names.location) > ($1, $2) ${filter}
  ORDER BY names.sku, names.location LIMIT $3`;
}

/**
 * One short range of names for each SKU, in the order in which the SKUs are given, so that the search ends where the
 * page is full. As `= ANY` the planner would sooner read all names of all SKUs, for each page anew: 200 SKUs at 1,000
 * locations each took 80 seconds.
 */
function pageOfSkus({ columns, stock }: Picture, skus: number, filter: string): string {
  return `SELECT ${columns} FROM unnest($${skus}::text[]) WITH ORDINALITY AS wanted (sku, place)
  CROSS JOIN LATERAL (
    SELECT * FROM level_ids AS names
    WHERE names.sku = wanted.sku AND (names.sku, names.location) > ($1, $2) ${filter}
    ORDER BY names.location LIMIT $3
  ) AS names ${stock}
  ORDER BY wanted.place, names.location LIMIT $3`;
}

const FIRST = { sku: '', location: '' };

/** The statement that reads a page, and its parameters. */
export function pageStatement(page: LevelPage): [Statement<LevelColumns>, Value[]] {
  const { after = FIRST, limit, position } = page;
  const common = [after.sku, after.location, limit];
  return position === undefined
    ? filtered(page, PAGES_NOW, common)
    : filtered(page, PAGES_AT, [...common, position]);
}

function filtered(
  { skus, location, after = FIRST }: LevelPage,
  pages: PageStatements,
  values: readonly Value[],
): [Statement<LevelColumns>, Value[]] {
  if (skus === undefined) {
    return location === undefined
      ? [pages.everywhere, [...values]]
      : [pages.atLocation, [...values, location]];
  }
  const wanted = [...new Set(skus)].filter((sku) => compareBytes(sku, after.sku) >= 0);
  wanted.sort(compareBytes);
  return location === undefined
    ? [pages.ofSkus, [...values, wanted]]
    : [pages.ofSkusAtLocation, [...values, wanted, location]];
}
