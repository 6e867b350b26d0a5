import { randomUUID } from 'node:crypto';
import { LedgerFrozenError } from '../../ledger/errors.ts';
import type { Erasable } from '../../ledger/store.ts';
import { DUE_LINES_MAX } from '../rows/holds.ts';
import { type CustomerDataColumns, erasableOf } from '../rows/reservations.ts';
import { clockAndHead } from './clockAndHead.ts';
import type { LedgerTime } from './databaseClock.ts';
import { one, type Runner, statement } from './statement.ts';

/** For how long a server asks for due holds without the others doing the same; it renews this each time. */
const SWEEP_LEASE_MS = 500;

/** A server takes that lease at least this often, also where no hold is due: whoever resets the ledger sees it by that. */
export const SEEN_EVERY_MS = 1_000;

/** How long the id of a commit is kept; nobody asks for it after a few seconds. */
const COMMIT_ID_LIFE_MS = 3_600_000;
const COMMIT_IDS_PER_REMOVAL = 100_000;

const ADVANCE_TIME = statement(
  'advance_time',
  `WITH head AS (
     UPDATE log_head SET time = $1::bigint + 1 WHERE id = 1 AND time <= $1 RETURNING time, position
   )
   INSERT INTO log_times (time, position) SELECT time, position FROM head
   ON CONFLICT (time) DO UPDATE SET position = excluded.position`,
);
const DUE = statement<{ id: string }>(
  'due_reservations',
  `SELECT id FROM (
     SELECT id, expires_at, length, sum(length) OVER (ORDER BY expires_at, id) AS reached FROM (
       SELECT id, expires_at, json_array_length(lines::json) AS length FROM reservations
       WHERE status = 'held' AND expires_at <= $1 ORDER BY expires_at, id LIMIT $2
     ) AS due
   ) AS counted WHERE reached - length < ${DUE_LINES_MAX} ORDER BY expires_at, id`,
);
const TAKE_SWEEPING = statement<{ id: number }>(
  'take_sweeping',
  `INSERT INTO sweeping (id, server, until_time) VALUES (1, $1, $2::bigint + ${SWEEP_LEASE_MS})
   ON CONFLICT (id) DO UPDATE SET server = excluded.server, until_time = excluded.until_time
   WHERE sweeping.server = excluded.server
     OR sweeping.until_time NOT BETWEEN $2 AND $2 + ${SWEEP_LEASE_MS}
   RETURNING id`,
);
const READ_ERASABLE = statement<CustomerDataColumns & { id: string }>(
  'erasable',
  `SELECT reservation_id AS id, reference, metadata FROM customer_data
   WHERE reservation_id = ANY ($1)`,
);
// Rows are found and removed by where they lie: a join would read whole tables for a few old rows.
const PRUNE_KEYS = statement<{ count: number }>(
  'prune_keys',
  `WITH gone AS (
     DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY (
       SELECT ctid FROM idempotency_keys WHERE time < $1
       ORDER BY time LIMIT $2 FOR UPDATE SKIP LOCKED
     )) RETURNING 1
   )
   SELECT count(*) AS count FROM gone`,
);
const PRUNE_COMMITS = statement(
  'prune_commits',
  `DELETE FROM commits WHERE ctid = ANY (ARRAY (
     SELECT ctid FROM commits WHERE time < $1 ORDER BY time LIMIT $2 FOR UPDATE SKIP LOCKED
   ))`,
);

export interface UpkeepParts {
  /** For single statements. */
  readonly pool: Runner;
  readonly time: LedgerTime;
}

/** What the write side does beside its commits: single statements, each of which may be done twice without harm. */
export class Upkeep {
  readonly #pool: Runner;
  readonly #time: LedgerTime;
  readonly #server = randomUUID();
  #seenMs = 0;

  constructor({ pool, time }: UpkeepParts) {
    this.#pool = pool;
    this.#time = time;
  }

  async advanceTime(time: number): Promise<void> {
    // Time never goes back, so what is past now needs no lock.
    if ((await clockAndHead(this.#pool)).time > time) return;
    await this.#pool.run(ADVANCE_TIME, [time]);
  }

  async dueReservations(limit: number): Promise<readonly string[]> {
    const { databaseMs, now } = await this.#clock();
    const due = await this.#pool.run(DUE, [now, limit]);
    if (due.length === 0 && Math.abs(databaseMs - this.#seenMs) < SEEN_EVERY_MS) return [];
    this.#seenMs = databaseMs;
    const mine = await one(this.#pool, TAKE_SWEEPING, [this.#server, databaseMs]);
    return mine ? due.map(({ id }) => id) : [];
  }

  async readErasable(ids: readonly string[]): Promise<ReadonlyMap<string, Erasable>> {
    const rows = await this.#pool.run(READ_ERASABLE, [ids]);
    return new Map(rows.map((row) => [row.id, erasableOf(row)]));
  }

  async pruneKeys(before: number, limit: number): Promise<number> {
    const { now } = await this.#clock();
    await this.#pool.run(PRUNE_COMMITS, [now - COMMIT_ID_LIFE_MS, COMMIT_IDS_PER_REMOVAL]);
    return (await one(this.#pool, PRUNE_KEYS, [before, limit]))?.count ?? 0;
  }

  async now(): Promise<number> {
    const clock = await clockAndHead(this.#pool);
    return this.#time.at(clock.databaseMs, clock);
  }

  /** @throws {LedgerFrozenError} */
  async #clock(): Promise<{ readonly databaseMs: number; readonly now: number }> {
    const clock = await clockAndHead(this.#pool);
    if (clock.frozen) throw new LedgerFrozenError(clock.frozen);
    return { databaseMs: clock.databaseMs, now: this.#time.at(clock.databaseMs, clock) };
  }
}
