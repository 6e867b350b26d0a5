import { type LevelKey, levelKey } from '../../domain/stock.ts';
import type { LevelRow } from '../../ledger/books.ts';
import { levelRowOf } from '../rows/levels.ts';
import type { LevelReader } from './levels.ts';

/** How many levels one statement looks up; more take several, on connections of their own. */
const LEVELS_PER_STATEMENT = 500;

interface Asked {
  readonly sku: string;
  readonly location: string;
  readonly answer: Promise<LevelRow | undefined>;
  readonly resolve: (level: LevelRow | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads the levels that one round of the event loop asks for with one statement, each once: to send a statement costs
 * far more than to look up a row. Each read happens after it was asked for, so it sees all that was committed before.
 */
export class ReadGroup {
  readonly #levels: LevelReader;
  #waiting = new Map<LevelKey, Asked>();

  constructor(levels: LevelReader) {
    this.#levels = levels;
  }

  level(sku: string, location: string): Promise<LevelRow | undefined> {
    const key = levelKey(sku, location);
    const known = this.#waiting.get(key);
    if (known) return known.answer;
    const { promise, resolve, reject } = Promise.withResolvers<LevelRow | undefined>();
    this.#waiting.set(key, { sku, location, answer: promise, resolve, reject });
    if (this.#waiting.size === 1) setImmediate(() => this.#readAll());
    return promise;
  }

  #readAll(): void {
    const asked = [...this.#waiting.values()];
    this.#waiting = new Map();
    for (let from = 0; from < asked.length; from += LEVELS_PER_STATEMENT) {
      this.#read(asked.slice(from, from + LEVELS_PER_STATEMENT)).catch(() => undefined);
    }
  }

  async #read(asked: readonly Asked[]): Promise<void> {
    try {
      const found = await this.#find(asked);
      for (const { sku, location, resolve } of asked) resolve(found.get(levelKey(sku, location)));
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }

  async #find(asked: readonly Asked[]): Promise<ReadonlyMap<LevelKey, LevelRow>> {
    const [first] = asked;
    const rows =
      asked.length === 1 && first
        ? [await this.#levels.byKey(first.sku, first.location)]
        : await this.#levels.byKeys(asked);
    const found = rows.flatMap((columns) => (columns ? [levelRowOf(columns)] : []));
    return new Map(found.map((level) => [levelKey(level.sku, level.location), level]));
  }
}
