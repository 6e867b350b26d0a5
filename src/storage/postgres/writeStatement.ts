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

  /** Has the statement fail with a conflict unless the part `name` returns so many rows. */
  expect(name: string, rows: number): void {
    const expected = `$${this.#values.push(rows)}::bigint`;
    this.#expectations.push(`conflict_unless((SELECT count(*) FROM ${name}) = ${expected})`);
  }

  statement(): Statement<Row> {
    const where = this.#expectations.length > 0 ? `WHERE ${this.#expectations.join(' AND ')}` : '';
    const text = `WITH ${this.#parts.join(',\n')}\n${this.#select} ${where}`;
    return statement(`write_${numberOf(this.#names.join())}`, text);
  }
}

const NUMBERS = new Map<string, number>();

/** Stands for a combination of parts in the name of the prepared statement, which may have 63 characters. */
function numberOf(parts: string): number {
  const known = NUMBERS.get(parts);
  if (known !== undefined) return known;
  NUMBERS.set(parts, NUMBERS.size);
  return NUMBERS.size - 1;
}
