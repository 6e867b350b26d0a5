import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Stamp } from '../../domain/stamp.ts';
import type { IdempotencyKey, KeyRecord } from '../../ledger/store.ts';
import { KEY_COLUMNS, type KeyColumns, keyRecordOf } from '../rows/keys.ts';
import { one } from './statement.ts';

const READ = `
  SELECT ${KEY_COLUMNS} FROM idempotency_keys WHERE actor = ? AND key = ?`;
const READ_OLDEST_TIME = 'SELECT time FROM idempotency_keys ORDER BY id LIMIT 1';
const INSERT = `
  INSERT INTO idempotency_keys (actor, key, fingerprint, outcome, first_position, time)
  VALUES (?, ?, ?, ?, ?, ?)`;
// Records come in the order of their times, so the oldest are found without an index of their own.
const PRUNE = `
  DELETE FROM idempotency_keys WHERE id <= (
    SELECT max(id) FROM (SELECT id, time FROM idempotency_keys ORDER BY id LIMIT ?)
    WHERE time < ?
  )`;

export class KeyWriter {
  readonly #read: StatementSync;
  readonly #oldestTime: StatementSync;
  readonly #insert: StatementSync;
  readonly #prune: StatementSync;

  constructor(db: DatabaseSync) {
    this.#read = db.prepare(READ);
    this.#oldestTime = db.prepare(READ_OLDEST_TIME);
    this.#insert = db.prepare(INSERT);
    this.#prune = db.prepare(PRUNE);
  }

  byKey(key: IdempotencyKey): KeyRecord | undefined {
    const columns = one<KeyColumns>(this.#read, key.actor, key.key);
    return columns && keyRecordOf(key, columns);
  }

  insert({ actor, key, fingerprint, outcome }: KeyRecord, stamp: Stamp): void {
    const { firstPosition, time } = stamp;
    this.#insert.run(actor, key, fingerprint, JSON.stringify(outcome), firstPosition, time);
  }

  hasOlderThan(time: number): boolean {
    const oldest = one<{ time: number }>(this.#oldestTime);
    return oldest !== undefined && oldest.time < time;
  }

  /** Removes at most `limit` records older than `before`. @returns how many */
  prune(before: number, limit: number): number {
    return Number(this.#prune.run(limit, before).changes);
  }
}
