import { randomUUID } from 'node:crypto';
import type { Stamp } from '../../domain/stamp.ts';
import { StoreConflictError, StoreUnavailableError } from '../../ledger/errors.ts';
import type { Stopwatch } from '../../ledger/ports.ts';
import {
  type Erasable,
  type LedgerStore,
  type Needs,
  nothingToWrite,
  type Rows,
  type Writes,
} from '../../ledger/store.ts';
import { CommitConnection } from './commitConnection.ts';
import type { Address, Connection } from './connection.ts';
import { asksForLinks, type Custody, custodyChange } from './custody.ts';
import type { LedgerTime } from './databaseClock.ts';
import { ConnectionLostError, LockTimeoutError } from './errors.ts';
import { type Loaded, load, Unlocked } from './load.ts';
import { HeldLevelsError, lockFreeRows, lockRows } from './lock.ts';
import { nameLevels } from './nameLevels.ts';
import { settle } from './settle.ts';
import { type Guess, madeAll, Speculation } from './speculation.ts';
import { one, type Runner } from './statement.ts';
import { StuckTransactions } from './stuck.ts';
import { Suspicion } from './suspicion.ts';
import { TakeoverGuard } from './takeover.ts';
import { allowFor, commit, rollback } from './transaction.ts';
import { Upkeep } from './upkeep.ts';
import { writeStatement } from './write.ts';

/** A larger commit may need more time than a single statement is given. */
const GUESSED_EVENTS_MAX = 5_000;

/**
 * How many levels a product or location has is known only when they are locked, so its removal is given the time of so many
 * rows: 400,000 empty levels took 5 seconds.
 */
const REMOVAL_ROWS = 10_000;

/** How often a commit begins anew because its due holds need more locks. */
const RELOADS_MAX = 5;

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
  readonly #upkeep: Upkeep;
  readonly #speculation = new Speculation();
  readonly #suspicion = new Suspicion();
  readonly #stuck: StuckTransactions;
  readonly #takeover = new TakeoverGuard();
  /** As this server has seen it last. */
  #custody: Custody = 0;

  constructor(parts: PostgresLedgerParts) {
    this.#parts = parts;
    this.#connection = new CommitConnection(parts.address, parts.stopwatch);
    this.#stuck = new StuckTransactions(parts.pool);
    this.#upkeep = new Upkeep(parts);
  }

  /** See `Storage.replaced`. */
  get replaced(): Promise<string> {
    return this.#takeover.replaced;
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
      this.#takeover.check(null);
      const guessed = await this.#guess(connection, needs, decide);
      return guessed ?? (await this.#look(connection, needs, decide));
    } catch (error) {
      // Another connection may lead to a server that can be used: a standby that has taken over, perhaps.
      if (error instanceof StoreUnavailableError) connection.destroy();
      else if (connection.usable) rollback(connection);
      if (error instanceof LockTimeoutError || error instanceof HeldLevelsError) this.#stuck.look();
      // What was sent to be committed has been settled, so nothing was done.
      if (error instanceof ConnectionLostError) {
        throw new StoreConflictError(error.message, { cause: error });
      }
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
    { rows, levelIds, custody }: Guess,
    writes: Writes,
  ): Promise<Stamp | undefined> {
    const commitId = randomUUID();
    const guessed = [...levelIds].flatMap(([key, id]) => {
      const level = rows.levels.get(key);
      return level ? [{ id, level }] : [];
    });
    const order = { writes, commitId, now: rows.now, custody, levelIds };
    const write = writeStatement({ ...order, guessed });
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

  advanceTime(time: number): Promise<void> {
    return this.#upkeep.advanceTime(time);
  }

  dueReservations(limit: number): Promise<readonly string[]> {
    return this.#upkeep.dueReservations(limit);
  }

  readErasable(ids: readonly string[]): Promise<ReadonlyMap<string, Erasable>> {
    return this.#upkeep.readErasable(ids);
  }

  pruneKeys(before: number, limit: number): Promise<number> {
    return this.#upkeep.pruneKeys(before, limit);
  }

  now(): Promise<number> {
    return this.#upkeep.now();
  }

  async close(): Promise<void> {
    await this.#connection.close();
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

  /** Begins anew while holds that are due turn out to need further levels, or links to be there. */
  async #loadAll(connection: Connection, needs: Needs, lock: typeof lockRows): Promise<Loaded> {
    const { time } = this.#parts;
    const reservations = new Set(needs.reservations);
    let linked = this.#custody > 0 || asksForLinks(needs);
    let rows = needs.levels.size + needs.reservations.size + (needs.removal ? REMOVAL_ROWS : 0);
    for (let tries = 0; tries < RELOADS_MAX; tries++) {
      const parts = { connection, lock, linked, time, rows };
      const loaded = await load(parts, { ...needs, reservations });
      if (!(loaded instanceof Unlocked)) return this.#noted(loaded);
      rollback(connection);
      linked ||= loaded.linked;
      for (const id of loaded.reservations) reservations.add(id);
      rows += loaded.lines;
    }
    throw new StoreConflictError('more and more holds became due');
  }

  #noted(loaded: Loaded): Loaded {
    this.#takeover.check(loaded.proven);
    this.#custody = loaded.custody;
    return loaded;
  }

  async #write(connection: Connection, loaded: Loaded, writes: Writes): Promise<Stamp> {
    const commitId = randomUUID();
    const levelIds = await nameLevels(connection, loaded.levelIds, writes);
    const { rows, custody } = loaded;
    const write = writeStatement({ writes, commitId, now: rows.now, custody, levelIds });
    const [, written, ended] = await connection.together(() =>
      Promise.allSettled([
        allowFor(connection, writes.events.length + writes.mirrored.length),
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
    if (!stamp) throw new StoreConflictError('who has the goods of a location has changed');
    this.#custody = custody + custodyChange(writes);
    this.#speculation.remember(connection, { rows, levelIds, custody }, writes);
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
