import type { FindingCode } from '../../src/ledger/findings.ts';
import type { VerifyReport } from '../../src/ledger/verify.ts';

/** The level that most of the damage is done to. */
const AX = "(SELECT id FROM level_ids WHERE sku = 'A' AND location = 'x')";
export const THIRD = `level = ${AX} AND version = 3`;

export type Damage = readonly [title: string, sql: string, codes: readonly FindingCode[]];

/** Damage to the log, each with the findings that must be among those that follow from it. */
export const LOG_DAMAGE: readonly Damage[] = [
  ['a balance', `UPDATE events SET available = 1 WHERE ${THIRD}`, ['balances_differ']],
  ['a balance below zero', `UPDATE events SET reserved = -1 WHERE ${THIRD}`, ['balances_differ']],
  ['a quantity', `UPDATE events SET quantity = 2000 WHERE ${THIRD}`, ['balances_differ']],
  ['a version', `UPDATE events SET version = 77 WHERE ${THIRD}`, ['version_gap']],
  ['a time, to earlier', `UPDATE events SET time = 1 WHERE ${THIRD}`, ['time_backward']],
  ['a time, to later', `UPDATE events SET time = time + 9 WHERE ${THIRD}`, ['time_backward']],
  [
    'an account',
    `UPDATE events SET from_account = 'customer' WHERE ${THIRD}`,
    ['movement_impossible'],
  ],
  ['a dropped event', `DELETE FROM events WHERE ${THIRD}`, ['position_gap', 'version_gap']],
  ['a dropped first event', 'DELETE FROM events WHERE position = 1', ['position_gap']],
  [
    'a dropped last event',
    'DELETE FROM events WHERE position = (SELECT max(position) FROM events)',
    ['head_differs'],
  ],
  [
    'a dropped notice',
    "DELETE FROM events WHERE type = 'extend'",
    ['position_gap', 'reservation_differs'],
  ],
  [
    'a moved event',
    'UPDATE events SET position = 9999 WHERE position = 20',
    ['position_gap', 'head_differs'],
  ],
  [
    'another reservation',
    "UPDATE events SET reservation_id = 'nobody' WHERE type = 'fulfil'",
    ['history_impossible', 'reservation_differs'],
  ],
  [
    'renamed levels',
    "UPDATE level_ids SET location = 'w' WHERE sku = 'A' AND location = 'y'",
    ['movement_impossible', 'history_impossible'],
  ],
  [
    'what cannot be read',
    "UPDATE events SET details = '{' WHERE position = 20",
    ['event_unreadable'],
  ],
  [
    'details of another shape',
    `UPDATE events SET details = '{"after":5}' WHERE type LIKE 'product_%'`,
    ['history_impossible'],
  ],
];

/** Damage to what is made from the log; a rebuild mends it. */
export const ROW_DAMAGE: readonly Damage[] = [
  [
    'the balance of a level',
    `UPDATE levels SET available = 1 WHERE id = ${AX}`,
    ['level_differs', 'units_not_conserved'],
  ],
  ['the version of a level', `UPDATE levels SET version = 1 WHERE id = ${AX}`, ['level_differs']],
  ['the time of a level', `UPDATE levels SET updated_at = 1 WHERE id = ${AX}`, ['level_differs']],
  ['a lost level', `DELETE FROM levels WHERE id = ${AX}`, ['level_differs', 'units_not_conserved']],
  ['an added level', 'INSERT INTO levels VALUES (99, 0, 0, 0, 0, 1, 1)', ['row_unexplained']],
  [
    'the quantity of a hold',
    `UPDATE holds SET quantity = 1 WHERE level = ${AX} AND reservation_id = 'held'`,
    ['hold_differs'],
  ],
  [
    'the end of a hold',
    `UPDATE holds SET expires_at = 1 WHERE level = ${AX} AND reservation_id = 'held'`,
    ['hold_differs'],
  ],
  [
    'a lost hold',
    `DELETE FROM holds WHERE level = ${AX} AND reservation_id = 'held'`,
    ['hold_differs', 'row_unexplained'],
  ],
  [
    'an added hold',
    `INSERT INTO holds VALUES (${AX}, 5, 'new', 1)`,
    ['hold_differs', 'row_unexplained'],
  ],
  [
    'the status of a reservation',
    "UPDATE reservations SET status = 'expired' WHERE id = 'held'",
    ['reservation_differs'],
  ],
  [
    'the end of a reservation',
    "UPDATE reservations SET expires_at = 1 WHERE id = 'held'",
    ['reservation_differs'],
  ],
  [
    'the lines of a reservation',
    "UPDATE reservations SET lines = replace(lines, ',4,', ',5,') WHERE id = 'confirmed'",
    ['reservation_differs'],
  ],
  [
    'an ended reservation',
    "UPDATE reservations SET updated_at = updated_at + 1 WHERE id = 'fulfilled'",
    ['reservation_differs'],
  ],
  [
    'a redacted reservation',
    "UPDATE reservations SET updated_at = updated_at - 1 WHERE id = 'cancelled'",
    ['reservation_differs'],
  ],
  [
    'a lost reservation',
    "DELETE FROM reservations WHERE id = 'fulfilled'",
    ['reservation_differs'],
  ],
  [
    'an added reservation',
    `INSERT INTO reservations
       (id, status, expires_at, ttl_seconds, created_at, updated_at, created_by, lines)
     VALUES ('new', 'expired', 1, 1, 1, 1, 'ann', '[]')`,
    ['row_unexplained'],
  ],
  [
    'the lines of a transfer',
    "UPDATE transfers SET lines = replace(lines, '4', '5') WHERE id = 'whole'",
    ['transfer_differs'],
  ],
  ['a lost transfer', "DELETE FROM transfers WHERE id = 'part'", ['transfer_differs']],
  [
    'an added transfer',
    "INSERT INTO transfers VALUES ('new', 'cancelled', 'x', 'y', 1, 1, NULL, '[]')",
    ['row_unexplained'],
  ],
  ['a product', "UPDATE products SET name = 'other' WHERE sku = 'A'", ['product_differs']],
  ['a removal', "UPDATE products SET removal = '[]' WHERE sku = 'A'", ['product_differs']],
  ['a lost product', "DELETE FROM products WHERE sku = 'A'", ['product_differs']],
  [
    'an added product',
    "INSERT INTO products (sku, name, search) VALUES ('N', 'N', 'n')",
    ['row_unexplained'],
  ],
  ['a location', "UPDATE locations SET kind = 'venue' WHERE location = 'x'", ['location_differs']],
  ['a lost location', "DELETE FROM locations WHERE location = 'x'", ['location_differs']],
  [
    'an added location',
    "INSERT INTO locations (location, name, kind, search) VALUES ('n', 'n', 'store', 'n')",
    ['row_unexplained'],
  ],
  [
    'the position of a time',
    'UPDATE log_times SET position = position - 1 WHERE position = 20',
    ['time_index_differs'],
  ],
  [
    'unreadable lines of a reservation',
    "UPDATE reservations SET lines = '[[99]' WHERE id = 'held'",
    ['row_unreadable'],
  ],
  [
    'lines of a reservation that name no level',
    "UPDATE reservations SET lines = '[[99, 1, 0, 0]]' WHERE id = 'cancelled'",
    ['row_unreadable'],
  ],
  [
    'unreadable lines of a transfer',
    "UPDATE transfers SET lines = '5' WHERE id = 'part'",
    ['row_unreadable'],
  ],
  [
    'unreadable attributes of a product',
    "UPDATE products SET attributes = '{' WHERE sku = 'A'",
    ['row_unreadable'],
  ],
  [
    'who has agreed to a removal, unreadable',
    "UPDATE products SET removal = '[' WHERE sku = 'A'",
    ['row_unreadable'],
  ],
  [
    'unreadable attributes of a location',
    "UPDATE locations SET attributes = '{' WHERE location = 'x'",
    ['row_unreadable'],
  ],
  ['a lost time', 'DELETE FROM log_times WHERE position = 20', ['time_index_differs']],
];

/** Numbers that no program of ours can write. An engine may read them as they are, or not at all. */
export const NOT_A_NUMBER: { readonly log: readonly Damage[]; readonly rows: readonly Damage[] } = {
  log: [
    [
      'a number out of range',
      'UPDATE events SET quantity = 9223372036854775807 WHERE position = 20',
      ['event_unreadable'],
    ],
  ],
  rows: [
    [
      'a balance out of range',
      `UPDATE levels SET available = 9223372036854775807 WHERE id = ${AX}`,
      ['row_unreadable'],
    ],
  ],
};

export function codesOf({ findings }: VerifyReport): FindingCode[] {
  return [...new Set(findings.map(({ code }) => code))];
}

const NEWEST_ENTRY =
  "peer = 'shop-x' AND position = (SELECT max(position) FROM mirror WHERE peer = 'shop-x')";
const SHARE = "peer = 'shop-x' AND sku = 'A'";

/** Of a book with links: damage to what is made from the log and from what is mirrored. */
export const SHARE_DAMAGE: readonly Damage[] = [
  ['what a peer owns', `UPDATE shares SET reserved = 99 WHERE ${SHARE}`, ['share_differs']],
  ['what a peer was given', `UPDATE shares SET granted = 99 WHERE ${SHARE}`, ['share_differs']],
  ['what arrived', `UPDATE shares SET arrived = 99 WHERE ${SHARE}`, ['share_differs']],
  ['an open request', `UPDATE shares SET request = NULL WHERE ${SHARE}`, ['share_differs']],
  ['the age of a share', `UPDATE shares SET time = 1 WHERE ${SHARE}`, ['share_differs']],
  ['a lost share', `DELETE FROM shares WHERE ${SHARE}`, ['share_differs']],
  ['an added share', `UPDATE shares SET sku = 'N' WHERE ${SHARE}`, ['row_unexplained']],
  [
    'who has the goods',
    "UPDATE locations SET node = NULL WHERE location = 'x'",
    ['location_differs'],
  ],
  ['a fence', "UPDATE locations SET fence = 'copied' WHERE location = 'x'", ['location_differs']],
  ['a foreign product', "UPDATE products SET node = 'p' WHERE sku = 'A'", ['product_differs']],
  [
    'a foreign reservation',
    "UPDATE reservations SET made_by = 'p' WHERE id = 'open'",
    ['reservation_differs'],
  ],
  [
    'what was passed on',
    `UPDATE reservations SET lines = replace(lines, '"shop-x"', '"shop-y"') WHERE id = 'open'`,
    ['reservation_differs'],
  ],
];

/** Of a book with links: damage to what nothing can be made anew from. */
export const MIRROR_DAMAGE: readonly Damage[] = [
  ['a lost entry', `DELETE FROM mirror WHERE ${NEWEST_ENTRY}`, ['share_differs']],
  [
    'an entry that is hidden',
    "UPDATE mirror SET state = 'unapplied' WHERE peer = 'shop-x'",
    ['share_differs'],
  ],
  [
    'a changed entry',
    `UPDATE mirror SET entry = replace(entry, '"available":', '"available":7,"was":')
     WHERE ${NEWEST_ENTRY}`,
    ['share_differs'],
  ],
  [
    'an unreadable entry',
    `UPDATE mirror SET entry = '{' WHERE ${NEWEST_ENTRY}`,
    ['row_unreadable'],
  ],
  [
    'a cursor that lags behind',
    `UPDATE links SET state = replace(state, '"received":', '"received":0,"was":')
     WHERE peer = 'shop-x'`,
    ['cursor_behind'],
  ],
  [
    'a grant that was taken in twice',
    `UPDATE events SET details = replace(details, '"grant":', '"grant":1,"was":')
     WHERE type = 'accept'`,
    ['grant_repeated'],
  ],
  [
    'a grant that was not taken in',
    "UPDATE events SET quantity = 1 WHERE type = 'accept' AND quantity > 1",
    ['grant_lost'],
  ],
];
