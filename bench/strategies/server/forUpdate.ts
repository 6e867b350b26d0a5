import type { PoolClient } from 'pg';
import {
  countRows,
  findMissing,
  LEVEL_IS,
  type LevelRow,
  levelRows,
  onConnection,
  openPool,
} from './database.ts';
import {
  arityOf,
  forms,
  MOVE,
  orderValues,
  TAKEN,
  WANTED,
  WRITE_HISTORY,
} from './orderStatements.ts';
import type { Missing, Order, Strategy, StrategyParts } from './strategy.ts';

const BEGIN = { name: 'begin', text: 'BEGIN' };
const COMMIT = { name: 'commit', text: 'COMMIT' };
const ROLLBACK = { name: 'rollback', text: 'ROLLBACK' };

const LOCK = forms(
  'lock',
  (arity) =>
    `SELECT id, available, version FROM levels WHERE ${LEVEL_IS[arity]} ORDER BY id FOR UPDATE`,
);

const HOLD = forms(
  'hold',
  (arity) => `
  WITH taken AS (
    UPDATE levels SET ${MOVE} FROM ${WANTED[arity]} WHERE levels.id = wanted.level
    RETURNING ${TAKEN}
  ), ${WRITE_HISTORY}`,
);

/**
 * `SELECT ... FOR UPDATE`, a look at the rows, then the write. BEGIN goes out together with the lock and COMMIT with
 * the write, so that the rows are locked for two round trips and not for four.
 */
export function forUpdate(parts: StrategyParts): Strategy {
  const pool = openPool(parts, true);
  return {
    hold: (order) => onConnection(pool, order, (connection) => holdOn(connection, order)),
    close: () => pool.end(),
  };
}

async function holdOn(connection: PoolClient, order: Order): Promise<readonly Missing[]> {
  const missing = findMissing(order, await lock(connection, order));
  if (missing.length > 0) {
    await connection.query(ROLLBACK);
    return missing;
  }
  await Promise.all([
    countRows(connection, HOLD[arityOf(order)], orderValues(order)),
    connection.query(COMMIT),
  ]);
  return [];
}

async function lock(connection: PoolClient, order: Order): Promise<LevelRow[]> {
  const [, rows] = await Promise.all([
    connection.query(BEGIN),
    levelRows(connection, LOCK[arityOf(order)], order),
  ]);
  return rows;
}
