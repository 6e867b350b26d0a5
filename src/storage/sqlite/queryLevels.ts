import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { LevelRow } from '../../ledger/books.ts';
import type { Hold, HoldPage, LevelPage } from '../../queries/store.ts';
import { compareBytes } from '../rows/bytes.ts';
import { LEVEL_COLUMNS, type LevelColumns, levelRowOf } from '../rows/levels.ts';
import { HoldReader } from './holds.ts';
import { LevelReader } from './levels.ts';
import { all, one } from './statement.ts';

const LEVEL_AT_COLUMNS = `
  names.id, names.sku, names.location,
  events.available, events.reserved, events.committed, events.unavailable, events.version,
  events.time AS "updatedAt"`;

const READ_AT = `
  SELECT ${LEVEL_AT_COLUMNS} FROM level_ids AS names JOIN events ON events.level = names.id
  WHERE names.sku = ? AND names.location = ? AND events.position <= ?
  ORDER BY events.position DESC LIMIT 1`;

// CROSS JOIN keeps the order of the tables: names come in the order of the page, each with one look-up of its stock.
const NOW = `SELECT ${LEVEL_COLUMNS}
  FROM level_ids AS names CROSS JOIN levels ON levels.id = names.id`;
const AT = `SELECT ${LEVEL_AT_COLUMNS}
  FROM level_ids AS names CROSS JOIN events ON events.position = (
    SELECT position FROM events AS earlier WHERE earlier.level = names.id AND earlier.position <= ?
    ORDER BY earlier.position DESC LIMIT 1
  )`;

const EVERYWHERE = `
  WHERE (names.sku, names.location) > (?, ?) ORDER BY names.sku, names.location LIMIT ?`;
const AT_LOCATION = `
  WHERE names.location = ? AND names.sku > ? ORDER BY names.sku LIMIT ?`;
const OF_SKU = `
  WHERE names.sku = ? AND names.location > ? ORDER BY names.location LIMIT ?`;

/** The statements for pages, either of stock as it is or of stock as a position left it. */
class PageStatements {
  readonly everywhere: StatementSync;
  readonly atLocation: StatementSync;
  readonly ofSku: StatementSync;

  constructor(db: DatabaseSync, select: string) {
    this.everywhere = db.prepare(select + EVERYWHERE);
    this.atLocation = db.prepare(select + AT_LOCATION);
    this.ofSku = db.prepare(select + OF_SKU);
  }
}

export class LevelQueries {
  readonly #levels: LevelReader;
  readonly #holds: HoldReader;
  readonly #at: StatementSync;
  readonly #pageNow: PageStatements;
  readonly #pageAt: PageStatements;

  constructor(db: DatabaseSync) {
    this.#levels = new LevelReader(db);
    this.#holds = new HoldReader(db);
    this.#at = db.prepare(READ_AT);
    this.#pageNow = new PageStatements(db, NOW);
    this.#pageAt = new PageStatements(db, AT);
  }

  level(sku: string, location: string): LevelRow | undefined {
    const columns = this.#levels.byKey(sku, location);
    return columns && levelRowOf(columns);
  }

  levelAt(sku: string, location: string, position: number): LevelRow | undefined {
    const columns = one<LevelColumns>(this.#at, sku, location, position);
    return columns && levelRowOf(columns);
  }

  levels(page: LevelPage): LevelRow[] {
    const { skus, location } = page;
    if (skus !== undefined) return this.#levelsOf(skus, page);
    return location === undefined ? this.#levelsEverywhere(page) : this.#levelsAt(location, page);
  }

  holds({ sku, location, after, limit }: HoldPage): Hold[] {
    const id = this.#levels.idOf(sku, location);
    return id === undefined ? [] : this.#holds.page(id, after ?? FIRST_HOLD, limit);
  }

  #levelsEverywhere({ after, limit, position }: LevelPage): LevelRow[] {
    const { sku, location } = after ?? FIRST_LEVEL;
    return this.#read('everywhere', position, sku, location, limit);
  }

  #levelsAt(location: string, { after, limit, position }: LevelPage): LevelRow[] {
    return this.#read('atLocation', position, location, after?.sku ?? '', limit);
  }

  /** One short range for each SKU, in the order of the engine. */
  #levelsOf(skus: readonly string[], page: LevelPage): LevelRow[] {
    const { after, limit } = page;
    const rows: LevelRow[] = [];
    for (const sku of [...new Set(skus)].sort(compareBytes)) {
      const order = after ? compareBytes(sku, after.sku) : 1;
      if (order < 0 || rows.length >= limit) continue;
      const afterLocation = after && order === 0 ? after.location : '';
      rows.push(...this.#levelsOfSku(sku, afterLocation, page, limit - rows.length));
    }
    return rows;
  }

  #levelsOfSku(
    sku: string,
    afterLocation: string,
    { location, position }: LevelPage,
    limit: number,
  ): LevelRow[] {
    if (location === undefined) return this.#read('ofSku', position, sku, afterLocation, limit);
    if (compareBytes(location, afterLocation) <= 0) return [];
    const level =
      position === undefined ? this.level(sku, location) : this.levelAt(sku, location, position);
    return level ? [level] : [];
  }

  #read(
    kind: keyof PageStatements,
    position: number | undefined,
    ...parameters: SQLInputValue[]
  ): LevelRow[] {
    const columns =
      position === undefined
        ? all<LevelColumns>(this.#pageNow[kind], ...parameters)
        : all<LevelColumns>(this.#pageAt[kind], position, ...parameters);
    return columns.map(levelRowOf);
  }
}

const FIRST_LEVEL = { sku: '', location: '' };
const FIRST_HOLD = { expiresAt: 0, reservationId: '' };
