import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { StoreConflictError } from '../../../src/ledger/errors.ts';
import { findMissing, onConnection, openPool, readLevels } from './database.ts';
import type { Missing, Order, Strategy, StrategyParts } from './strategy.ts';
import { writeIfUnchanged } from './versionWrite.ts';

/** The pause before a retry is drawn from 0 to this, twice as much each time, and so much at most. */
const PAUSE_MS = 2;
const PAUSE_MS_MAX = 32;

/**
 * Read, decide, then `UPDATE ... WHERE version = ?`; again after a pause when somebody was faster. An attempt has a
 * connection to itself, so no more of them compete than the pool has connections.
 */
export function versionColumn(parts: StrategyParts): Strategy {
  const pool = openPool(parts);
  const { retriesMax = Number.POSITIVE_INFINITY, onRetry } = parts;
  return {
    async hold(order: Order) {
      for (let retries = 0; ; retries++) {
        const missing = await onConnection(pool, order, (connection) => attempt(connection, order));
        if (missing !== undefined) return missing;
        if (retries === retriesMax) throw new StoreConflictError('the stock changed every time');
        onRetry();
        await sleep(Math.random() * Math.min(PAUSE_MS * 2 ** retries, PAUSE_MS_MAX));
      }
    },
    close: () => pool.end(),
  };
}

/** @returns undefined when somebody was faster */
async function attempt(
  connection: PoolClient,
  order: Order,
): Promise<readonly Missing[] | undefined> {
  const rows = await readLevels(connection, order);
  const missing = findMissing(order, rows);
  if (missing.length > 0) return missing;
  return (await writeIfUnchanged(connection, order, rows)) ? [] : undefined;
}
