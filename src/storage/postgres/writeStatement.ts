import { type Statement, statement, type Value } from './statement.ts';

/** Makes the text of a part; `parameter` takes a value and its type, and says how the text refers to it. */
export type PartText = (parameter: (value: Value, type: string) => string) => string;

/**
 * One statement out of parts that change something each (data-modifying `WITH` queries). The parts of a statement see
 * what was there before it, and of each other only what they return; all of them take place or none.
 *
 * Most commits have the same few parts, and the same parts make the same text, so each combination is prepared once.
 */
export class WriteStatement<Row> {
  readonly #select: string;
  readonly #parts: string[] = [];
  readonly #names: string[] = [];
  readonly #expectations: string[] = [];
  readonly #values: Value[] = [];

  /** @param select what the statement answers, after all parts */
  constructor(select: string) {
    this.#select = select;
  }

  get values(): readonly Value[] {
    return this.#values;
  }

  /** @param name what other parts and the answer know it by; unlike the name of any table */
  add(name: string, text: PartText): void {
    const body = text((value, type) => `$${this.#values.push(value)}::${type}`);
    this.#parts.push(`${name} AS (${body})`);
    this.#names.push(name);
  }

  /** Adds a part that must return a row for each of `rows`, if there are any. */
  addExpected<T>(name: string, rows: readonly T[], text: (rows: readonly T[]) => PartText): void {
    if (rows.length === 0) return;
    this.add(name, text(rows));
    this.expect(name, rows.length);
  }

  /** Has the statement fail with a conflict unless the part `name` returns so many rows. */
  expect(name: string, rows: number): void {
    const expected = `$${this.#values.push(rows)}::bigint`;
    this.#expectations.push(`conflict_unless((SELECT count(*) FROM ${name}) = ${expected})`);
  }

  statement(): Statement<Row> {
    const where = this.#expectations.length > 0 ? `WHERE ${this.#expectations.join(' AND ')}` : '';
    const text = `WITH ${this.#parts.join(',\n')}\n${this.#select} ${where}`;
    return statement(nameOf(this.#names.join()), text);
  }
}

/**
 * So many combinations are kept prepared; one takes the server 90 kB. There may be thousands, but what a ledger is busy
 * with has few, and comes early.
 */
const PREPARED_MAX = 200;

/** A statement without a name is not kept. */
const UNNAMED = '';

const NAMES = new Map<string, string>();

/** Stands for a combination of parts: the name of a prepared statement may have 63 characters only. */
function nameOf(parts: string): string {
  const known = NAMES.get(parts);
  if (known !== undefined) return known;
  if (NAMES.size >= PREPARED_MAX) return UNNAMED;
  const name = `write_${NAMES.size}`;
  NAMES.set(parts, name);
  return name;
}
