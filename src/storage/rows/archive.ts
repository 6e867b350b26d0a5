import type { CustomerData, KeptKey } from '../archive.ts';
import { KEY_COLUMNS, type KeyColumns, keyRecordOf } from './keys.ts';
import { type CustomerDataColumns, erasableOf } from './reservations.ts';

/** Rows that a dump reads at a time. */
export const ARCHIVE_PAGE_ROWS = 1_000;

/** The same for idempotency keys: what one batch was answered may be tens of megabytes. */
export const ARCHIVE_PAGE_KEYS = 50;

/** What the database holds cannot be restored into. */
export const HOLDS_A_LEDGER = 'the database holds a ledger already; restore into an empty one';

/** Whoever begins a restore takes the database over from one that seemed to be dead. */
export const TAKEN_OVER = 'another restore has taken the database over';

export type CustomerRow = CustomerDataColumns & { readonly reservationId: string };

/** Of `customer_data`. */
export const CUSTOMER_COLUMNS = 'reservation_id AS "reservationId", reference, metadata';

export function customerDataOf({ reservationId, ...columns }: CustomerRow): CustomerData {
  return { reservationId, ...erasableOf(columns) };
}

export type KeyRow = KeyColumns & { readonly actor: string; readonly key: string };

/** Of `idempotency_keys`. */
export const KEY_ROW_COLUMNS = `actor, key, ${KEY_COLUMNS}`;

export function keptKeyOf({ actor, key, ...columns }: KeyRow): KeptKey {
  const { firstPosition, time } = columns;
  return { ...keyRecordOf({ actor, key }, columns), stamp: { firstPosition, time } };
}
