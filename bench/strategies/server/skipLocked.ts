import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { countRows, onConnection, openPool } from './database.ts';
import {
  type Arity,
  arityOf,
  forms,
  orderValues,
  WANTED,
  WRITE_HISTORY,
} from './orderStatements.ts';
import type { Missing, Order, Strategy, StrategyParts } from './strategy.ts';

/** Units that others have locked may come back: after a pause of this length at most it is looked again. */
const PAUSE_MS_MAX = 10;

/** In the order of the index on free units, or the planner reads the table from its beginning until it finds one. */
const PICK: { readonly [A in Arity]: string } = {
  one: `
    SELECT id FROM units WHERE level = $1::bigint AND reservation_id IS NULL
    ORDER BY level, id LIMIT $2::bigint FOR UPDATE SKIP LOCKED`,
  many: `
    SELECT free.id FROM ${WANTED.many} CROSS JOIN LATERAL (
      SELECT id FROM units WHERE level = wanted.level AND reservation_id IS NULL
      ORDER BY level, id LIMIT wanted.quantity FOR UPDATE SKIP LOCKED
    ) AS free`,
};

const UNITS_WANTED: { readonly [A in Arity]: string } = {
  one: '$2::bigint',
  many: '(SELECT sum(quantity) FROM unnest($2::bigint[]) AS quantities (quantity))',
};

/** What is left of a level is nowhere written down, so the events have no balances and no versions. */
const HOLD = forms(
  'hold',
  (arity) => `
  WITH picked AS MATERIALIZED (${PICK[arity]}), marked AS (
    UPDATE units SET reservation_id = $3 FROM picked
    WHERE units.id = picked.id AND (SELECT count(*) FROM picked) = ${UNITS_WANTED[arity]}
    RETURNING units.level
  ), taken AS (
    SELECT level, count(*) AS quantity, NULL::bigint AS version, NULL::bigint AS available,
      NULL::bigint AS reserved, NULL::bigint AS committed, NULL::bigint AS unavailable
    FROM marked GROUP BY level
  ), ${WRITE_HISTORY}`,
);

interface FreeRow {
  readonly id: number;
  readonly available: number;
}

/** As many of the units of each line as are wanted, if there are so many, locked or not. */
const COUNT_FREE = {
  name: 'count_free',
  text: `
    SELECT wanted.level AS id, count(free.level) AS available
    FROM ${WANTED.many} LEFT JOIN LATERAL (
      SELECT level FROM units WHERE level = wanted.level AND reservation_id IS NULL
      ORDER BY level, id LIMIT wanted.quantity
    ) AS free ON true
    GROUP BY wanted.level ORDER BY wanted.level`,
};

/**
 * One row per unit: an order takes so many free ones that nobody else has locked, and nobody waits. As Shopify
 * published it in 2026, https://shopify.engineering/scaling-inventory-reservations.
 */
export function skipLocked(parts: StrategyParts): Strategy {
  const pool = openPool(parts);
  return {
    async hold(order: Order) {
      for (;;) {
        const missing = await onConnection(pool, order, (connection) => attempt(connection, order));
        if (missing !== undefined) return missing;
        parts.onRetry();
        await sleep(Math.random() * PAUSE_MS_MAX);
      }
    },
    close: () => pool.end(),
  };
}

/** @returns undefined where there are enough units, but others have locked them */
async function attempt(
  connection: PoolClient,
  order: Order,
): Promise<readonly Missing[] | undefined> {
  const held = await countRows(connection, HOLD[arityOf(order)], orderValues(order));
  if (held === order.lines.length) return [];
  const missing = await findMissingUnits(connection, order);
  return missing.length > 0 ? missing : undefined;
}

async function findMissingUnits(connection: PoolClient, { lines }: Order): Promise<Missing[]> {
  const values = [lines.map(({ level }) => level), lines.map(({ quantity }) => quantity)];
  const { rows } = await connection.query<FreeRow>({ ...COUNT_FREE, values });
  return lines.flatMap(({ level, quantity }, i) => {
    const available = rows[i]?.available ?? 0;
    return available < quantity ? [{ level, available }] : [];
  });
}
