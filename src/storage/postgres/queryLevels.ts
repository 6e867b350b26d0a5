import type { LevelRow } from '../../ledger/books.ts';
import type { Hold, HoldPage, LevelPage } from '../../queries/store.ts';
import { type LevelColumns, levelRowOf } from '../rows/levels.ts';
import { HoldReader } from './holds.ts';
import { LEVEL_AT_COLUMNS, leftAt, pageStatement } from './levelPages.ts';
import { LevelReader } from './levels.ts';
import { ReadGroup } from './readGroup.ts';
import { one, type Runner, statement } from './statement.ts';

const READ_AT = statement<LevelColumns>(
  'level_at',
  `SELECT ${LEVEL_AT_COLUMNS} FROM level_ids AS names ${leftAt('$3')}
  WHERE names.sku = $1 AND names.location = $2`,
);

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
    return (await this.#runner.run(...pageStatement(page))).map(levelRowOf);
  }

  holds(page: HoldPage): Promise<Hold[]> {
    return this.#holds.page(page);
  }
}
