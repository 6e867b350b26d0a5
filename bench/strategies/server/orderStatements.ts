import type { Order } from './strategy.ts';

/** One line or several: each statement is written for both, because the database plans them apart. */
export type Arity = 'one' | 'many';

export function arityOf({ lines }: Order): Arity {
  return lines.length === 1 ? 'one' : 'many';
}

/** The lines of the order as rows `wanted (level, quantity)`. */
export const WANTED: { readonly [A in Arity]: string } = {
  one: '(SELECT $1::bigint AS level, $2::bigint AS quantity) AS wanted',
  many: 'unnest($1::bigint[], $2::bigint[]) AS wanted (level, quantity)',
};

/** Moves the quantity of a row `wanted` from available to reserved. */
export const MOVE = `
  available = levels.available - wanted.quantity, reserved = levels.reserved + wanted.quantity,
  version = levels.version + 1, updated_at = $4::bigint`;

/** The rows of `taken`. */
export const TAKEN = `
  levels.id AS level, wanted.quantity, levels.version, levels.available, levels.reserved,
  levels.committed, levels.unavailable`;

/**
 * The end of each statement: writes the reservation, a hold and an event per line, for the rows of `taken`; yields a
 * row for each of them. The same rows as Holdfast writes, in the same tables.
 */
export const WRITE_HISTORY = `
  made AS (
    INSERT INTO reservations
      (id, status, expires_at, ttl_seconds, created_at, updated_at, created_by, lines)
    SELECT $3::text, 'held', $5::bigint, $6::bigint, $4, $4, $7::text, $9::text
    WHERE EXISTS (SELECT FROM taken)
  ), held AS (
    INSERT INTO holds (level, expires_at, reservation_id, quantity)
    SELECT level, $5, $3, quantity FROM taken
  ), written AS (
    INSERT INTO events
      (position, time, level, version, quantity, available, reserved, committed, unavailable,
       type, from_account, to_account, actor, request_id, reservation_id, details)
    SELECT nextval('positions'), $4, level, version, quantity, available, reserved, committed,
      unavailable, 'reserve', 'available', 'reserved', $7, $8::text, $3, $10::text
    FROM taken
  )
  SELECT level FROM taken`;

export type Value = string | number | readonly number[];

/** The parameters $1 to $10. */
export function orderValues(order: Order): Value[] {
  const { id, lines, now, expiresAt, ttlSeconds, actor, requestId } = order;
  const levels = lines.map(({ level }) => level);
  const quantities = lines.map(({ quantity }) => quantity);
  const [level = 0] = levels;
  const [quantity = 0] = quantities;
  const isOne = lines.length === 1;
  return [
    ...(isOne ? [level, quantity] : [levels, quantities]),
    ...[id, now, expiresAt, ttlSeconds, actor, requestId],
    JSON.stringify(lines.map((line) => [line.level, line.quantity, 0, 0])),
    JSON.stringify({ expiresAt, ttlSeconds }),
  ];
}

/** Both forms of a statement under names of their own. */
export function forms(
  name: string,
  text: (arity: Arity) => string,
): { readonly [A in Arity]: NamedStatement } {
  return {
    one: { name: `${name}_one`, text: text('one') },
    many: { name: `${name}_many`, text: text('many') },
  };
}

/** A statement that a connection keeps prepared. */
export interface NamedStatement {
  readonly name: string;
  readonly text: string;
}
