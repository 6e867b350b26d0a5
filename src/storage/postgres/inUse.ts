import type { LevelName } from '../../domain/links/commands.ts';
import type { Share } from '../../domain/links/share.ts';
import type { UnitsInUse } from '../../domain/state.ts';
import type { Level } from '../../domain/stock.ts';
import type { Transfer } from '../../domain/transfer.ts';
import { StoreConflictError } from '../../ledger/errors.ts';
import type { Removal } from '../../ledger/store.ts';
import { unitsInUse } from '../rows/inUse.ts';
import { SHARE_COLUMNS, shareOf } from '../rows/links.ts';
import { TRANSFER_COLUMNS, type TransferColumns, transferOf } from '../rows/transfers.ts';
import { allOf } from './allOf.ts';
import type { Connection } from './connection.ts';
import { one, statement } from './statement.ts';

const COUNT_LEVELS = statement<{ count: number }>(
  'count_levels_in_use',
  `SELECT count(*) AS count FROM levels JOIN level_ids AS names ON names.id = levels.id
   WHERE names.sku = $1 OR names.location = $2`,
);
const COUNT_NAMED_LEVELS = statement<{ count: number }>(
  'count_named_levels',
  `SELECT count(*) AS count FROM levels JOIN level_ids AS names ON names.id = levels.id
   WHERE (names.sku, names.location) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
);
const OPEN_TRANSFERS = statement<TransferColumns>(
  'open_transfers',
  `SELECT ${TRANSFER_COLUMNS} FROM transfers WHERE status IN ('in_transit', 'unmatched')`,
);
const SHARES = statement<Share>(
  'shares_in_use',
  `SELECT ${SHARE_COLUMNS} FROM shares WHERE sku = $1
   UNION ALL SELECT ${SHARE_COLUMNS} FROM shares WHERE location = $2`,
);

export async function readOpenTransfers(connection: Connection): Promise<readonly Transfer[]> {
  return (await connection.run(OPEN_TRANSFERS)).map(transferOf);
}

/**
 * To be called when the products that may be removed are locked: whoever makes a level of one meanwhile has to wait.
 * @param missing levels that were not there when those that there are were locked
 * @throws {StoreConflictError} when one of them was made before the lock
 */
export async function assertStillMissing(
  connection: Connection,
  missing: readonly LevelName[],
): Promise<void> {
  if (missing.length === 0) return;
  const names = [missing.map(({ sku }) => sku), missing.map(({ location }) => location)];
  const made = await one(connection, COUNT_NAMED_LEVELS, names);
  if (made?.count !== 0) {
    throw new StoreConflictError('what may be removed was stocked meanwhile');
  }
}

/**
 * What keeps a product or a location from being removed: units at any level of it, or on their way. To be called when
 * its row is locked: whoever makes a level or a share of it meanwhile has to wait for that.
 * @param levels those that this commit has locked
 * @param linked whether there are links
 * @throws {StoreConflictError} when another level of it was made before the lock
 */
export async function loadUnitsInUse(
  connection: Connection,
  removal: Removal,
  levels: readonly Level[],
  linked: boolean,
): Promise<UnitsInUse> {
  const sku = 'product' in removal ? removal.product : null;
  const location = 'location' in removal ? removal.location : null;
  // In this order: goods that arrive between the two looks are then seen twice, and not missed.
  const [open, counted, shares] = await allOf([
    connection.run(OPEN_TRANSFERS),
    one(connection, COUNT_LEVELS, [sku, location]),
    linked ? connection.run(SHARES, [sku, location]) : [],
  ]);
  const affected = levels.filter((level) => level.sku === sku || level.location === location);
  if (counted?.count !== affected.length) {
    throw new StoreConflictError('what is to be removed was stocked meanwhile');
  }
  return unitsInUse(removal, affected, open.map(transferOf), shares.map(shareOf));
}
