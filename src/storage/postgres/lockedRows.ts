import type { Location, Product } from '../../domain/catalogue.ts';
import type { Transfer } from '../../domain/transfer.ts';
import type { IdempotencyKey, KeyRecord, Needs } from '../../ledger/store.ts';
import {
  LOCATION_COLUMNS,
  type LocationColumns,
  locationOf,
  PRODUCT_COLUMNS,
  type ProductColumns,
  productOf,
} from '../rows/catalogue.ts';
import { KEY_COLUMNS, type KeyColumns, keyRecordOf } from '../rows/keys.ts';
import { RESERVATION_COLUMNS, type ReservationColumns } from '../rows/reservations.ts';
import { STOCKED_COLUMNS, type StockedColumns } from '../rows/stocked.ts';
import { TRANSFER_COLUMNS, type TransferColumns, transferOf } from '../rows/transfers.ts';
import { CLOCK_AND_HEAD_COLUMNS, type ClockAndHead } from './clockAndHead.ts';
import type { Connection } from './connection.ts';
import { one, statement } from './statement.ts';

const RESERVATIONS = `
  SELECT ${RESERVATION_COLUMNS}
  FROM reservations LEFT JOIN customer_data ON reservation_id = reservations.id
  WHERE reservations.id = ANY ($1)`;

// One statement for rows of many kinds: each statement that is sent costs both sides as much as many rows.
const LOCKED_ROWS = statement<Columns>(
  'locked_rows',
  `SELECT ${CLOCK_AND_HEAD_COLUMNS},
     (SELECT json_agg(found) FROM (${RESERVATIONS}) AS found) AS reservations,
     (SELECT json_agg(found) FROM (
        SELECT ${TRANSFER_COLUMNS} FROM transfers WHERE id = ANY ($2)
      ) AS found) AS transfers,
     (SELECT json_agg(found) FROM (
        SELECT ${PRODUCT_COLUMNS} FROM products WHERE sku = ANY ($3)
      ) AS found) AS products,
     (SELECT json_agg(found) FROM (
        SELECT ${LOCATION_COLUMNS} FROM locations WHERE location = ANY ($4)
      ) AS found) AS locations,
     (SELECT json_agg(found) FROM (
        SELECT kept.actor, kept.key, ${KEY_COLUMNS}
        FROM unnest($5::text[], $6::text[]) AS wanted (actor, key)
          JOIN idempotency_keys AS kept ON kept.actor = wanted.actor AND kept.key = wanted.key
      ) AS found) AS keys,
     (SELECT json_agg(found) FROM (
        SELECT ${STOCKED_COLUMNS} FROM level_ids AS names JOIN levels ON levels.id = names.id
        WHERE names.sku = ANY ($7) ORDER BY sku, location
      ) AS found) AS stocked
   FROM log_head WHERE id = 1`,
);
const RESERVATIONS_BY_ID = statement<ReservationColumns>('reservations_by_id', RESERVATIONS);

/** Null for no rows. */
type Columns = ClockAndHead & {
  readonly reservations: readonly ReservationColumns[] | null;
  readonly transfers: readonly TransferColumns[] | null;
  readonly products: readonly ProductColumns[] | null;
  readonly locations: readonly LocationColumns[] | null;
  readonly keys: readonly (IdempotencyKey & KeyColumns)[] | null;
  readonly stocked: readonly StockedColumns[] | null;
};

/** What a commit reads once it has the locks of its levels, and when. */
export interface LockedRows {
  readonly clock: ClockAndHead;
  readonly reservations: readonly ReservationColumns[];
  readonly transfers: readonly Transfer[];
  readonly products: readonly Product[];
  readonly locations: readonly Location[];
  readonly keys: readonly KeyRecord[];
  /** Levels of the products of `Needs.spread`. */
  readonly stocked: readonly StockedColumns[];
}

export async function readLockedRows(connection: Connection, needs: Needs): Promise<LockedRows> {
  const keys = [...needs.keys.values()];
  const row = await one(connection, LOCKED_ROWS, [
    [...needs.reservations],
    [...needs.transfers],
    [...needs.products],
    [...needs.locations],
    keys.map(({ actor }) => actor),
    keys.map(({ key }) => key),
    [...needs.spread],
  ]);
  if (!row) throw new Error('the database has lost the head of its log; it is damaged');
  return {
    clock: row,
    reservations: row.reservations ?? [],
    transfers: (row.transfers ?? []).map(transferOf),
    products: (row.products ?? []).map(productOf),
    locations: (row.locations ?? []).map(locationOf),
    keys: (row.keys ?? []).map((columns) => keyRecordOf(columns, columns)),
    stocked: row.stocked ?? [],
  };
}

export async function readReservations(
  connection: Connection,
  ids: ReadonlySet<string>,
): Promise<readonly ReservationColumns[]> {
  return ids.size === 0 ? [] : connection.run(RESERVATIONS_BY_ID, [[...ids]]);
}
