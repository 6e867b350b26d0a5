import type { Client } from 'pg';

const BIG_BOOK = {
  skus: 2_000,
  locations: 10,
  events: 200_000,
  reservations: 20_000,
  transfers: 10_000,
  nodes: 100,
  entries: 200_000,
} as const;

const LEVELS = BIG_BOOK.skus * BIG_BOOK.locations;

// Rows that look like those of a ledger to the planner; as a ledger they would not be right. Events of a level lie far
// apart, as they do where much is sold.
const FILL = `
  INSERT INTO level_ids (id, sku, location)
    SELECT number, 'sku-' || number / ${BIG_BOOK.locations}, 'place-' || number % ${BIG_BOOK.locations}
    FROM generate_series(0, ${LEVELS - 1}) AS number;
  INSERT INTO levels SELECT id, 10, 1, 0, 0, ${BIG_BOOK.events / LEVELS}, 1 FROM level_ids;
  INSERT INTO products (sku, name, search)
    SELECT DISTINCT sku, 'Name of ' || sku, sku || E'\\nname of ' || sku FROM level_ids;
  INSERT INTO locations (location, name, kind, search)
    SELECT 'place-' || number, 'Place', 'store', 'place' FROM generate_series(0, 1999) AS number;
  INSERT INTO events (position, time, level, version, quantity, available, reserved, committed, unavailable,
      type, from_account, to_account, actor, request_id)
    SELECT position, position * 7, position % ${LEVELS}, 1 + position / ${LEVELS}, 1, 10, 0, 0, 0,
      'receive', 'supplier', 'available', 'ann', 'request-' || position
    FROM generate_series(1, ${BIG_BOOK.events}) AS position;
  INSERT INTO log_times SELECT time, position FROM events WHERE position % 10 = 0;
  UPDATE log_head SET (position, time) = (SELECT max(position), max(time) FROM events);
  INSERT INTO reservations (id, status, expires_at, ttl_seconds, created_at, updated_at, created_by, lines)
    SELECT 'reservation-' || number, CASE number % 10 WHEN 0 THEN 'held' ELSE 'fulfilled' END,
      1000 * number, 900, number, number, 'ann', '[[' || number % ${LEVELS} || ',1,0,0]]'
    FROM generate_series(1, ${BIG_BOOK.reservations}) AS number;
  INSERT INTO customer_data SELECT id, 'order-' || left(id, -1), NULL FROM reservations;
  INSERT INTO holds SELECT (lines::json -> 0 ->> 0)::bigint, expires_at, id, 1 FROM reservations WHERE status = 'held';
  INSERT INTO transfers (id, status, from_location, to_location, created_at, updated_at, lines)
    SELECT 'transfer-' || number, CASE number % 10 WHEN 0 THEN 'in_transit' ELSE 'received' END,
      'place-1', 'place-2', number, number, '[["sku-' || number % ${BIG_BOOK.skus} || '",1,0,0,0]]'
    FROM generate_series(1, ${BIG_BOOK.transfers}) AS number;
  INSERT INTO idempotency_keys SELECT 'ann', id, 'hash', '{}', 1, created_at FROM reservations;
  INSERT INTO commits SELECT gen_random_uuid(), position, time FROM log_times;
  INSERT INTO demand SELECT 60000 * (id % 1000), sku, location, 1, 1 FROM level_ids;
  INSERT INTO links SELECT 'node-' || number, 'store', 'place-' || number, '{}'
    FROM generate_series(0, ${BIG_BOOK.nodes - 1}) AS number;
  INSERT INTO shares SELECT sku, location, 'node-' || id % ${BIG_BOOK.nodes}, 1, 0, 0, 0, 1, 1, 1, 0, 0, NULL, 0
    FROM level_ids;
  INSERT INTO mirror (peer, applied_at, position, sku, location, reservation_id, state, entry)
    SELECT 'node-' || number % ${BIG_BOOK.nodes}, number, number, 'sku-' || number % ${BIG_BOOK.skus},
      'place-' || number % ${BIG_BOOK.nodes}, 'reservation-' || number / 3, 'applied', '{}'
    FROM generate_series(1, ${BIG_BOOK.entries}) AS number;
  ANALYZE`;

/** Fills a new database with many events and what goes with them, within the server; takes some seconds. */
export async function fillBigBook(client: Client): Promise<void> {
  await client.query(FILL);
}
