import { randomUUID } from 'node:crypto';
import type { Stamp } from '../../domain/stamp.ts';
import { type LevelKey, levelKey } from '../../domain/stock.ts';
import {
  LedgerFrozenError,
  StoreConflictError,
  StoreUnavailableError,
} from '../../ledger/errors.ts';
import type { Stopwatch } from '../../ledger/ports.ts';
import {
  type Erasable,
  type LedgerStore,
  type Needs,
  nothingToWrite,
  type Rows,
  type Writes,
} from '../../ledger/store.ts';
import { DUE_LINES_MAX } from '../rows/holds.ts';
import { type CustomerDataColumns, erasableOf } from '../rows/reservations.ts';
import { clockAndHead } from './clockAndHead.ts';
import { CommitConnection } from './commitConnection.ts';
import type { Address, Connection } from './connection.ts';
import type { LedgerTime } from './databaseClock.ts';
import { LockTimeoutError } from './errors.ts';
import { type Loaded, load, UnlockedReservations } from './load.ts';
import { HeldLevelsError, lockFreeRows, lockRows } from './lock.ts';
import { settle } from './settle.ts';
import { type Guess, madeAll, Speculation } from './speculation.ts';
import { one, type Runner, statement } from './statement.ts';
import { StuckTransactions } from './stuck.ts';
import { Suspicion } from './suspicion.ts';
import { allowFor, commit, rollback } from './transaction.ts';
import { writeStatement } from './write.ts';

/** A larger commit may need more time than a single statement is given. */
const GUESSED_EVENTS_MAX = 5_000;

/** How often a commit begins anew because its due holds need more locks. */
const RELOADS_MAX = 5;

/** For how long a server asks for due holds without the others doing the same; it renews this each time. */
const SWEEP_LEASE_MS = 500;

/** How long the id of a commit is kept; nobody asks for it after a few seconds. */
const COMMIT_ID_LIFE_MS = 3_600_000;
const COMMIT_IDS_PER_REMOVAL = 100_000;

// Two servers that make the same new level: the second waits here for the first, and then finds the name taken. A restore
// that was broken off leaves names behind whose levels are gone: those are taken as they are, and of two servers that take
// one, the second meets the level of the first.
const NAME_LEVELS = statement<{ id: number; sku: string; location: string }>(
  'name_levels',
  `WITH wanted AS (SELECT sku, location FROM unnest($1::text[], $2::text[]) AS made (sku, location)),
   made AS (
     INSERT INTO level_ids (sku, location)
     SELECT sku, location FROM wanted ORDER BY sku COLLATE "C", location COLLATE "C"
     ON CONFLICT DO NOTHING
     RETURNING id, sku, location
   )
   SELECT id, sku, location FROM made
   UNION ALL
   SELECT names.id, names.sku, names.location
   FROM wanted JOIN level_ids AS names ON names.sku = wanted.sku AND names.location = wanted.location
   WHERE NOT EXISTS (SELECT FROM levels WHERE levels.id = names.id)`,
);
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

export interface PostgresLedgerParts {
  readonly address: Address;
  /** For single statements. */
  readonly pool: Runner;
  readonly stopwatch: Stopwatch;
  readonly time: LedgerTime;
  /** Called after a commit with events, with the last position. */
  readonly onCommit: (position: number) => void;
}

/**
 * The write side on a database that any number of servers share. The locks of a commit and the constraints of the
 * database are all that keeps servers apart: what is remembered from one commit to the next saves a look, and is never
 * relied on.
 */
export class PostgresLedgerStore implements LedgerStore {
  readonly worksAside = true;
  readonly #parts: PostgresLedgerParts;
  readonly #connection: CommitConnection;
  readonly #server = randomUUID();
  readonly #speculation = new Speculation();
  readonly #suspicion = new Suspicion();
  readonly #stuck: StuckTransactions;

  constructor(parts: PostgresLedgerParts) {
    this.#parts = parts;
    this.#connection = new CommitConnection(parts.address, parts.stopwatch);
    this.#stuck = new StuckTransactions(parts.pool);
  }

  commit(needs: Needs, decide: (rows: Rows) => Writes): Promise<Stamp> {
    return this.#connection.use((connection) => this.#commit(connection, needs, decide));
  }

  async #commit(
    connection: Connection,
    needs: Needs,
    decide: (rows: Rows) => Writes,
  ): Promise<Stamp> {
    try {
      const guessed = await this.#guess(connection, needs, decide);
      return guessed ?? (await this.#look(connection, needs, decide));
    } catch (error) {
      // Another connection may lead to a server that can be used: a standby that has taken over, perhaps.
      if (error instanceof StoreUnavailableError) connection.destroy();
      else if (connection.usable) rollback(connection);
      if (error instanceof LockTimeoutError || error instanceof HeldLevelsError) this.#stuck.look();
      throw error;
    }
  }

  /** One statement, if that what is remembered is enough to decide and still true. */
  async #guess(
    connection: Connection,
    needs: Needs,
    decide: (rows: Rows) => Writes,
  ): Promise<Stamp | undefined> {
    const now = this.#parts.time.estimate();
    if (now === undefined || !connection.ownSession) return undefined;
    const guess = this.#speculation.guess(connection, needs, now);
    if (!guess) return undefined;
    const writes = decide(guess.rows);
    if (!madeAll(needs, writes) || writes.events.length > GUESSED_EVENTS_MAX) return undefined;
    const stamp = await this.#writeGuess(connection, guess, writes);
    if (stamp) {
      this.#speculation.wasRight();
      this.#speculation.remember(connection, guess, writes);
    } else this.#speculation.wasWrong();
    return stamp;
  }

  async #writeGuess(
    connection: Connection,
    { rows, levelIds }: Guess,
    writes: Writes,
  ): Promise<Stamp | undefined> {
    const commitId = randomUUID();
    const guessed = [...levelIds].map(([key, id]) => ({
      id,
      version: rows.levels.get(key)?.version ?? 0,
    }));
    const write = writeStatement({ writes, commitId, now: rows.now, levelIds, guessed });
    try {
      const stamp = await one(connection, write.statement(), write.values);
      return stamp && this.#announced(stamp, writes);
    } catch (error) {
      if (!connection.usable) return this.#settled(commitId, writes);
      if (error instanceof StoreConflictError) return undefined;
      throw error;
    }
  }

  /** Two round trips: one that locks and loads, one that writes and ends. */
  async #look(
    connection: Connection,
    needs: Needs,
    decide: (rows: Rows) => Writes,
  ): Promise<Stamp> {
    const loaded = await this.#load(connection, needs);
    const writes = decide(loaded.rows);
    if (!nothingToWrite(writes)) return this.#write(connection, loaded, writes);
    rollback(connection);
    return { firstPosition: loaded.head.position + 1, time: loaded.rows.now };
  }

  async advanceTime(time: number): Promise<void> {
    // Time never goes back, so what is past now needs no lock.
    if ((await clockAndHead(this.#parts.pool)).time > time) return;
    await this.#parts.pool.run(ADVANCE_TIME, [time]);
  }

  async dueReservations(limit: number): Promise<readonly string[]> {
    const { pool } = this.#parts;
    const { databaseMs, now } = await this.#clock();
    const due = await pool.run(DUE, [now, limit]);
    if (due.length === 0) return [];
    const mine = await one(pool, TAKE_SWEEPING, [this.#server, databaseMs]);
    return mine ? due.map(({ id }) => id) : [];
  }

  async readErasable(ids: readonly string[]): Promise<ReadonlyMap<string, Erasable>> {
    const rows = await this.#parts.pool.run(READ_ERASABLE, [ids]);
    return new Map(rows.map((row) => [row.id, erasableOf(row)]));
  }

  async pruneKeys(before: number, limit: number): Promise<number> {
    const { pool } = this.#parts;
    const { now } = await this.#clock();
    await pool.run(PRUNE_COMMITS, [now - COMMIT_ID_LIFE_MS, COMMIT_IDS_PER_REMOVAL]);
    return (await one(pool, PRUNE_KEYS, [before, limit]))?.count ?? 0;
  }

  async now(): Promise<number> {
    const clock = await clockAndHead(this.#parts.pool);
    return this.#parts.time.at(clock.databaseMs, clock);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** @throws {LedgerFrozenError} */
  async #clock(): Promise<{ readonly databaseMs: number; readonly now: number }> {
    const clock = await clockAndHead(this.#parts.pool);
    if (clock.frozen) throw new LedgerFrozenError(clock.frozen);
    return { databaseMs: clock.databaseMs, now: this.#parts.time.at(clock.databaseMs, clock) };
  }

  /** Waits a little for levels that others hold; where it has to wait long, it takes what is free, or nothing. */
  async #load(connection: Connection, needs: Needs): Promise<Loaded> {
    if (!this.#suspicion.isOn(this.#parts.stopwatch.elapsed())) {
      try {
        return await this.#loadAll(connection, needs, lockRows);
      } catch (error) {
        if (!(error instanceof LockTimeoutError)) throw error;
        rollback(connection);
      }
    }
    try {
      return await this.#loadAll(connection, needs, lockFreeRows);
    } catch (error) {
      if (!(error instanceof HeldLevelsError) || (await this.#areStuck(error))) throw error;
      rollback(connection);
    }
    return this.#loadAll(connection, needs, lockRows);
  }

  async #areStuck({ versions }: HeldLevelsError): Promise<boolean> {
    const isAnybodySilent = await this.#stuck.isAnybodySilent();
    return this.#suspicion.areStuck(versions, isAnybodySilent, this.#parts.stopwatch.elapsed());
  }

  /** Begins anew while holds that are due turn out to need further levels. */
  async #loadAll(connection: Connection, needs: Needs, lock: typeof lockRows): Promise<Loaded> {
    const { time } = this.#parts;
    const reservations = new Set(needs.reservations);
    let rows = needs.levels.size + needs.reservations.size;
    for (let tries = 0; tries < RELOADS_MAX; tries++) {
      const loaded = await load({ connection, lock, time, rows }, { ...needs, reservations });
      if (!(loaded instanceof UnlockedReservations)) return loaded;
      rollback(connection);
      for (const id of loaded.ids) reservations.add(id);
      rows += loaded.lines;
    }
    throw new StoreConflictError('more and more holds became due');
  }

  async #write(connection: Connection, loaded: Loaded, writes: Writes): Promise<Stamp> {
    const commitId = randomUUID();
    const levelIds = await nameLevels(connection, loaded.levelIds, writes);
    const write = writeStatement({ writes, commitId, now: loaded.rows.now, levelIds });
    const [, written, ended] = await connection.together(() =>
      Promise.allSettled([
        allowFor(connection, writes.events.length),
        one(connection, write.statement(), write.values),
        commit(connection),
      ]),
    );
    if (written.status === 'rejected' && connection.usable) throw written.reason;
    if (written.status === 'rejected' || ended.status === 'rejected') {
      connection.destroy();
      return this.#settled(commitId, writes);
    }
    const stamp = written.value;
    if (!stamp) throw new StoreUnavailableError('the database has lost the head of its log');
    this.#speculation.remember(connection, { rows: loaded.rows, levelIds }, writes);
    return this.#announced(stamp, writes);
  }

  async #settled(commitId: string, writes: Writes): Promise<Stamp> {
    return this.#announced(await settle({ ...this.#parts, stuck: this.#stuck }, commitId), writes);
  }

  #announced(stamp: Stamp, { events }: Writes): Stamp {
    if (events.length > 0) this.#parts.onCommit(stamp.firstPosition + events.length - 1);
    return stamp;
  }
}

/** Gives numbers to levels that get their first movement. */
async function nameLevels(
  connection: Connection,
  known: ReadonlyMap<LevelKey, number>,
  writes: Writes,
): Promise<ReadonlyMap<LevelKey, number>> {
  const made = [...writes.levels].flatMap(([key, { after }]) =>
    after && !known.has(key) ? [after] : [],
  );
  if (made.length === 0) return known;
  const skus = made.map(({ sku }) => sku);
  const rows = await connection.run(NAME_LEVELS, [skus, made.map(({ location }) => location)]);
  if (rows.length < made.length) {
    throw new StoreConflictError('another server has made the same stock level');
  }
  const ids = new Map(known);
  for (const { id, sku, location } of rows) ids.set(levelKey(sku, location), id);
  return ids;
}
