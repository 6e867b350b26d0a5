import type { SQLInputValue, StatementSync } from 'node:sqlite';

// The driver cannot know the columns of a statement, so the function that names a row type here vouches for it; the
// statement and its row type stand side by side.

/** The row of a statement that yields one at most. */
export function one<Row>(
  statement: StatementSync,
  ...parameters: SQLInputValue[]
): Row | undefined {
  return statement.get(...parameters) as Row | undefined;
}

export function all<Row>(statement: StatementSync, ...parameters: SQLInputValue[]): Row[] {
  return statement.all(...parameters) as Row[];
}

/** As `all`, for a statement that names its parameters. */
export function allNamed<Row>(
  statement: StatementSync,
  parameters: Readonly<Record<string, SQLInputValue>>,
): Row[] {
  return statement.all(parameters) as Row[];
}

/** The only value of a statement that always yields one row with the column `value`. */
export function countOf(statement: StatementSync, ...parameters: SQLInputValue[]): number {
  return one<{ value: number }>(statement, ...parameters)?.value ?? 0;
}
