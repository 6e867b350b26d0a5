import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { TTL_SECONDS_DEFAULT } from '../../src/domain/limits.ts';
import { createIds } from '../../src/ledger/ids.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openWriter } from '../../src/storage/sqlite/connection.ts';
import type { Measurement, Target } from '../measurement.ts';
import { sequence, UNITS_PER_SKU } from '../stage.ts';
import { openBenchLedger } from './openLedger.ts';

const INSERT_EVENT = `
  INSERT INTO events
    (position, time, type, actor, request_id, reservation_id, level, version, quantity,
     from_account, to_account, available, reserved, committed, unavailable, details)
  VALUES (?, ?, 'reserve', 'bench', 'bench-request-1', ?, ?, ?, 1,
          'available', 'reserved', ?, ?, 0, 0, ?)`;
const INSERT_RESERVATION = `
  INSERT INTO reservations
    (id, status, expires_at, ttl_seconds, created_at, updated_at, created_by, lines)
  VALUES (?, 'held', ?, ${TTL_SECONDS_DEFAULT}, ?, ?, 'bench', ?)`;
const INSERT_HOLD = `
  INSERT INTO holds (level, expires_at, reservation_id, quantity) VALUES (?, ?, ?, 1)`;
const UPDATE_LEVEL = `
  UPDATE levels SET available = ?, reserved = ?, version = ?, updated_at = ? WHERE id = ?`;
const INSERT_TIME = `
  INSERT INTO log_times (time, position) VALUES (?, ?)
  ON CONFLICT (time) DO UPDATE SET position = excluded.position`;
const READ_HEAD = 'SELECT max(position) AS position FROM events';

/** Pages of the write-ahead log after which SQLite copies them into the database by itself. */
const CHECKPOINT_PAGES = 1_000;

interface BareInserts extends Target {
  close(): void;
}

/**
 * The rows that reservations of one unit leave behind, written by one prepared statement for each, in transactions of
 * `perCommit` reservations: no queue, no rules, no reading.
 */
export async function openBareInserts(
  file: string,
  skus: number,
  perCommit: number,
): Promise<BareInserts> {
  const filled = await openBenchLedger(file);
  await filled.close();
  const db = openWriter(file);
  db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const inserter = new Inserter(db, skus);
  return {
    label: `bare inserts of the same rows, ${perCommit} per commit`,
    role: 'bare',
    run: async (seconds) => insertFor(seconds, inserter, perCommit),
    close: () => db.close(),
  };
}

class Inserter {
  readonly #db: DatabaseSync;
  readonly #event: StatementSync;
  readonly #reservation: StatementSync;
  readonly #hold: StatementSync;
  readonly #level: StatementSync;
  readonly #time: StatementSync;
  readonly #nextId: () => string;
  readonly #nextLevel: () => number;
  readonly #versions = new Map<number, number>();
  #position: number;

  constructor(db: DatabaseSync, skus: number) {
    const { clock, random } = createRuntime();
    this.#db = db;
    this.#event = db.prepare(INSERT_EVENT);
    this.#reservation = db.prepare(INSERT_RESERVATION);
    this.#hold = db.prepare(INSERT_HOLD);
    this.#level = db.prepare(UPDATE_LEVEL);
    this.#time = db.prepare(INSERT_TIME);
    this.#nextId = createIds(clock, random);
    this.#nextLevel = sequence(skus);
    this.#position = Number(db.prepare(READ_HEAD).get()?.['position']);
  }

  insert(count: number): void {
    const now = Date.now();
    const changed = new Set<number>();
    this.#db.exec('BEGIN IMMEDIATE');
    for (let i = 0; i < count; i++) changed.add(this.#insertReservation(now));
    for (const level of changed) this.#updateLevel(level, now);
    this.#time.run(now, this.#position);
    this.#db.exec('COMMIT');
  }

  #insertReservation(now: number): number {
    const level = this.#nextLevel() + 1;
    const id = this.#nextId();
    const expiresAt = now + TTL_SECONDS_DEFAULT * 1_000;
    const version = (this.#versions.get(level) ?? 1) + 1;
    this.#versions.set(level, version);
    this.#position += 1;
    const details = JSON.stringify({ expiresAt, ttlSeconds: TTL_SECONDS_DEFAULT });
    const left = UNITS_PER_SKU - version;
    this.#event.run(this.#position, now, id, level, version, left, version, details);
    this.#reservation.run(id, expiresAt, now, now, JSON.stringify([[level, 1, 0, 0]]));
    this.#hold.run(level, expiresAt, id);
    return level;
  }

  #updateLevel(level: number, now: number): void {
    const version = this.#versions.get(level) ?? 1;
    this.#level.run(UNITS_PER_SKU - version, version, version, now, level);
  }
}

function insertFor(seconds: number, inserter: Inserter, perCommit: number): Measurement {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  let commits = 0;
  for (; performance.now() - startedAt < seconds * 1_000; commits++) inserter.insert(perCommit);
  const took = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const rows = commits * perCommit;
  return {
    requestsPerS: rows / took,
    commandsPerS: rows / took,
    p50Ms: null,
    p99Ms: null,
    commitsPerS: commits / took,
    commandsPerCommit: perCommit,
    cpuCores: (user + system) / 1e6 / took,
    cpuUsPerRequest: (user + system) / rows,
    failures: 0,
  };
}
