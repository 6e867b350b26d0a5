import type { Transfer } from '../../domain/transfer.ts';
import type { IdempotencyKey, KeyRecord } from '../../ledger/store.ts';
import { KEY_COLUMNS, type KeyColumns, keyRecordOf } from '../rows/keys.ts';
import { RESERVATION_COLUMNS, type ReservationColumns } from '../rows/reservations.ts';
import { TRANSFER_COLUMNS, type TransferColumns, transferOf } from '../rows/transfers.ts';
import type { Connection } from './connection.ts';
import { statement } from './statement.ts';

// What a commit reads once it has its locks, many rows at a time.

const RESERVATIONS = statement<ReservationColumns>(
  'reservations_by_id',
  `SELECT ${RESERVATION_COLUMNS}
   FROM reservations LEFT JOIN customer_data ON reservation_id = reservations.id
   WHERE reservations.id = ANY ($1)`,
);
const TRANSFERS = statement<TransferColumns>(
  'transfers_by_id',
  `SELECT ${TRANSFER_COLUMNS} FROM transfers WHERE id = ANY ($1)`,
);
const KEYS = statement<IdempotencyKey & KeyColumns>(
  'keys_by_key',
  `SELECT kept.actor, kept.key, ${KEY_COLUMNS}
   FROM unnest($1::text[], $2::text[]) AS wanted (actor, key)
     JOIN idempotency_keys AS kept ON kept.actor = wanted.actor AND kept.key = wanted.key`,
);
export async function reservationsOf(
  connection: Connection,
  ids: Iterable<string>,
): Promise<readonly ReservationColumns[]> {
  const wanted = [...ids];
  return wanted.length === 0 ? [] : connection.run(RESERVATIONS, [wanted]);
}

export async function transfersOf(
  connection: Connection,
  ids: ReadonlySet<string>,
): Promise<readonly Transfer[]> {
  return ids.size === 0 ? [] : (await connection.run(TRANSFERS, [[...ids]])).map(transferOf);
}

export async function keysOf(
  connection: Connection,
  keys: ReadonlyMap<string, IdempotencyKey>,
): Promise<readonly KeyRecord[]> {
  if (keys.size === 0) return [];
  const wanted = [...keys.values()];
  const rows = await connection.run(KEYS, [
    wanted.map(({ actor }) => actor),
    wanted.map(({ key }) => key),
  ]);
  return rows.map((row) => keyRecordOf(row, row));
}
