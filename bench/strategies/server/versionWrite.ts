import type { PoolClient } from 'pg';
import { countRows, type LevelRow } from './database.ts';
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
import type { Order } from './strategy.ts';

const TAKE_ONE = `
  taken AS (
    UPDATE levels SET ${MOVE} FROM ${WANTED.one}
    WHERE levels.id = wanted.level AND levels.version = $11::bigint
    RETURNING ${TAKEN}
  )`;

const TAKE_MANY = `
  wanted AS (
    SELECT levels.id, read.quantity, levels.version = read.version AS is_same
    FROM levels
    JOIN unnest($1::bigint[], $2::bigint[], $11::bigint[]) AS read (level, quantity, version)
      ON read.level = levels.id
    ORDER BY levels.id FOR NO KEY UPDATE OF levels
  ), taken AS (
    UPDATE levels SET ${MOVE} FROM wanted
    WHERE levels.id = wanted.id AND (SELECT bool_and(is_same) FROM wanted)
    RETURNING ${TAKEN}
  )`;

const TAKE: { readonly [A in Arity]: string } = { one: TAKE_ONE, many: TAKE_MANY };
const HOLD = forms('hold', (arity) => `WITH ${TAKE[arity]}, ${WRITE_HISTORY}`);

/**
 * Writes the order where its levels still have the versions that were read.
 * @returns false when one has changed meanwhile: then nothing was written
 */
export async function writeIfUnchanged(
  on: PoolClient,
  order: Order,
  rows: readonly LevelRow[],
): Promise<boolean> {
  const versions = rows.map(({ version }) => version);
  const [first = 0] = versions;
  const values = [...orderValues(order), order.lines.length === 1 ? first : versions];
  return (await countRows(on, HOLD[arityOf(order)], values)) === order.lines.length;
}
