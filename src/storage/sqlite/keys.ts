import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Stamp } from '../../domain/stamp.ts';
import type { KeptOutcome } from '../../ledger/outcome.ts';
import type { IdempotencyKey, KeyRecord } from '../../ledger/store.ts';
import { one } from './statement.ts';

type KeyColumns = {
  readonly fingerprint: string;
  readonly outcome: string;
  readonly firstPosition: number;
  readonly time: number;
};

const READ = `
  SELECT fingerprint, outcome, first_position AS "firstPosition", time
  FROM idempotency_keys WHERE actor = ? AND key = ?`;
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

  byKey({ actor, key }: IdempotencyKey): KeyRecord | undefined {
    const columns = one<KeyColumns>(this.#read, actor, key);
    if (!columns) return undefined;
    const { fingerprint, firstPosition, time } = columns;
    const outcome = JSON.parse(columns.outcome) as KeptOutcome;
    return { actor, key, fingerprint, outcome, stamp: { firstPosition, time } };
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
