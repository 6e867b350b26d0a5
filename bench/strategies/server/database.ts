import { type CustomTypesConfig, Pool, type PoolClient, types } from 'pg';
import { StoreConflictError } from '../../../src/ledger/errors.ts';
import { AbandonedError } from '../../../src/ledger/ledger.ts';
import type { NamedStatement, Value } from './orderStatements.ts';
import { type Arity, arityOf, forms } from './orderStatements.ts';
import type { Missing, Order, StrategyParts } from './strategy.ts';

const INT8 = 20;

/** Balances and versions are below 2^53, so a number holds them. */
export const NUMBERS: CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === INT8 ? Number : types.getTypeParser(oid, format)),
};

export function openPool({ database, poolSize }: StrategyParts, pipeline = false): Pool {
  const pool = new Pool({
    connectionString: database,
    max: poolSize,
    min: poolSize,
    idleTimeoutMillis: 0,
    pipeline,
    types: NUMBERS,
  });
  // A connection that breaks while nobody uses it is replaced by the next one that is needed.
  pool.on('error', () => undefined);
  return pool;
}

/**
 * Gives the work a connection to itself, so that no more orders compete than the pool has connections.
 * @throws {AbandonedError | StoreConflictError} when the connection came too late
 */
export async function onConnection<T>(
  pool: Pool,
  order: Order,
  work: (connection: PoolClient) => Promise<T>,
): Promise<T> {
  const connection = await pool.connect();
  try {
    refuseLate(order);
    return await work(connection);
  } finally {
    connection.release();
  }
}

/** @returns how many rows the statement yields */
export async function countRows(
  on: PoolClient,
  statement: NamedStatement,
  values: Value[],
): Promise<number> {
  const { rows } = await on.query({ ...statement, values });
  return rows.length;
}

export interface LevelRow {
  readonly id: number;
  readonly available: number;
  readonly version: number;
}

/** `$1` is a level, or several. */
export const LEVEL_IS: { readonly [A in Arity]: string } = {
  one: 'id = $1::bigint',
  many: 'id = ANY ($1::bigint[])',
};

const READ_LEVELS = forms(
  'read_levels',
  (arity) => `SELECT id, available, version FROM levels WHERE ${LEVEL_IS[arity]} ORDER BY id`,
);

/** The levels of the order as they are, by number: as its lines are sorted. */
export function readLevels(on: PoolClient, order: Order): Promise<LevelRow[]> {
  return levelRows(on, READ_LEVELS[arityOf(order)], order);
}

export async function levelRows(
  on: PoolClient,
  statement: NamedStatement,
  { lines }: Order,
): Promise<LevelRow[]> {
  const [first] = lines;
  const levels = lines.length === 1 && first ? first.level : lines.map(({ level }) => level);
  const { rows } = await on.query<LevelRow>({ ...statement, values: [levels] });
  return rows;
}

/** The lines that ask for more than their level has. */
export function findMissing({ lines }: Order, rows: readonly LevelRow[]): Missing[] {
  return lines.flatMap(({ level, quantity }, i) => {
    const available = rows[i]?.available ?? 0;
    return available < quantity ? [{ level, available }] : [];
  });
}

/**
 * @throws {AbandonedError} when nobody waits for the answer
 * @throws {StoreConflictError} when it has taken too long
 */
export function refuseLate({ deadline, signal }: Order): void {
  if (signal?.aborted === true) throw new AbandonedError();
  if (performance.now() < deadline) return;
  throw new StoreConflictError('the order could not be held in time');
}
