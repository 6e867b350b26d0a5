import type { PoolClient } from 'pg';
import { countRows, findMissing, onConnection, openPool, readLevels } from './database.ts';
import {
  type Arity,
  arityOf,
  forms,
  MOVE,
  orderValues,
  TAKEN,
  WANTED,
  WRITE_HISTORY,
} from './orderStatements.ts';
import type { Missing, Order, Strategy, StrategyParts } from './strategy.ts';

/** The row is changed where it holds enough, and the change is what asks whether it does. */
const TAKE_ONE = `
  taken AS (
    UPDATE levels SET ${MOVE} FROM ${WANTED.one}
    WHERE levels.id = wanted.level AND levels.available >= wanted.quantity
    RETURNING ${TAKEN}
  )`;

/** Locked in the order of their numbers first, or two orders with the same levels would wait for each other. */
const TAKE_MANY = `
  wanted AS (
    SELECT levels.id, wanted.quantity, levels.available >= wanted.quantity AS is_enough
    FROM levels JOIN ${WANTED.many} ON wanted.level = levels.id
    ORDER BY levels.id FOR NO KEY UPDATE OF levels
  ), taken AS (
    UPDATE levels SET ${MOVE} FROM wanted
    WHERE levels.id = wanted.id AND (SELECT bool_and(is_enough) FROM wanted)
    RETURNING ${TAKEN}
  )`;

const TAKE: { readonly [A in Arity]: string } = { one: TAKE_ONE, many: TAKE_MANY };
const HOLD = forms('hold', (arity) => `WITH ${TAKE[arity]}, ${WRITE_HISTORY}`);

/** `UPDATE ... WHERE available >= n`, in one statement with all that has to be written, committed by itself. */
export function conditional(parts: StrategyParts): Strategy {
  const pool = openPool(parts);
  const { onRetry } = parts;
  return {
    hold: (order) => onConnection(pool, order, (connection) => hold(connection, order, onRetry)),
    close: () => pool.end(),
  };
}

async function hold(
  connection: PoolClient,
  order: Order,
  onRetry: () => void,
): Promise<readonly Missing[]> {
  for (;;) {
    const held = await countRows(connection, HOLD[arityOf(order)], orderValues(order));
    if (held === order.lines.length) return [];
    const missing = findMissing(order, await readLevels(connection, order));
    if (missing.length > 0) return missing;
    // There was too little, and now there is enough.
    onRetry();
  }
}
