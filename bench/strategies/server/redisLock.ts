import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { PoolClient } from 'pg';
import { StoreConflictError } from '../../../src/ledger/errors.ts';
import { countOtherRoundTrip } from './counting.ts';
import { findMissing, onConnection, openPool, readLevels, refuseLate } from './database.ts';
import type { Missing, Order, Strategy, StrategyParts } from './strategy.ts';
import { writeIfUnchanged } from './versionWrite.ts';

/** The lock of a server that dies is free again after this time. */
const LOCK_MS = 5_000;

/** Who finds a lock taken asks again after 10 to 390 ms, as the library Redlock does: with 10 ms all wait for Redis. */
const PAUSE_MS = 200;
const JITTER_MS = 190;

/** Takes the locks of all keys for the owner in ARGV[1], or none of them. */
const ACQUIRE = `
  for _, key in ipairs(KEYS) do
    if redis.call('EXISTS', key) == 1 then return 0 end
  end
  for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1], 'NX', 'PX', ARGV[2]) end
  return 1`;

/** Gives back what the owner still has: after its time a lock may be somebody else's. */
const RELEASE = `
  for _, key in ipairs(KEYS) do
    if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
  end
  return 1`;

interface Locks {
  acquire(keys: readonly string[], owner: string): Promise<boolean>;
  release(keys: readonly string[], owner: string): Promise<void>;
  close(): void;
}

/** A lock per level in Redis, with an owner and an end, and the version column behind it. */
export function redisLock(parts: StrategyParts): Strategy {
  const pool = openPool(parts);
  const locks = openLocks(parts.redis ?? '');
  return {
    async hold(order: Order) {
      const keys = order.lines.map(({ level }) => `lock:${level}`);
      const owner = randomUUID();
      while (!(await locks.acquire(keys, owner))) {
        refuseLate(order);
        parts.onRetry();
        await sleep(PAUSE_MS + (Math.random() * 2 - 1) * JITTER_MS);
      }
      try {
        return await onConnection(pool, order, (connection) => holdLocked(connection, order));
      } finally {
        await locks.release(keys, owner);
      }
    },
    async close() {
      locks.close();
      await pool.end();
    },
  };
}

async function holdLocked(connection: PoolClient, order: Order): Promise<readonly Missing[]> {
  const rows = await readLevels(connection, order);
  const missing = findMissing(order, rows);
  if (missing.length > 0) return missing;
  if (await writeIfUnchanged(connection, order, rows)) return [];
  throw new StoreConflictError('the lock was lost');
}

function openLocks(address: string): Locks {
  const redis = new Redis(address);
  const call = (script: string, keys: readonly string[], ...values: (string | number)[]) => {
    countOtherRoundTrip();
    return redis.eval(script, keys.length, ...keys, ...values);
  };
  return {
    acquire: async (keys, owner) => (await call(ACQUIRE, keys, owner, LOCK_MS)) === 1,
    async release(keys, owner) {
      await call(RELEASE, keys, owner);
    },
    close: () => redis.disconnect(),
  };
}
