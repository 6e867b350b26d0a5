/** A statement with its parameters as `$1`, `$2`, ... and the type of its rows; the two stand side by side. */
export interface Statement<Row> {
  /** Under which a connection keeps it prepared; no two statements have the same. Empty where it is not to be kept. */
  readonly name: string;
  readonly text: string;
  /** Never there; binds the type of the rows to the statement. */
  readonly row?: Row;
}

/** What a parameter may be; arrays go where the statement says `unnest($n::type[])` or `= ANY ($n)`. */
export type Value =
  | string
  | number
  | boolean
  | null
  | readonly string[]
  | readonly number[]
  | readonly (string | null)[]
  | readonly (number | null)[];

export function statement<Row>(name: string, text: string): Statement<Row> {
  return { name, text };
}

/** Sends statements. Errors are those of `ledger/errors.ts`. */
export interface Runner {
  run<Row>(statement: Statement<Row>, values?: readonly Value[]): Promise<Row[]>;
}

/** The row of a statement that yields one at most. */
export async function one<Row>(
  runner: Runner,
  wanted: Statement<Row>,
  values: readonly Value[] = [],
): Promise<Row | undefined> {
  const [row] = await runner.run(wanted, values);
  return row;
}
