import type { DatabaseSync } from 'node:sqlite';
import { type FreezeReason, StoreUnavailableError } from '../../ledger/errors.ts';
import type { Clock } from '../../ledger/ports.ts';
import { DatabaseRefusedError } from '../refused.ts';
import { HOLDS_A_LEDGER, TAKEN_OVER } from '../rows/archive.ts';
import { FreezeWriter } from './freeze.ts';
import { disprove } from './incarnation.ts';
import { countOf } from './statement.ts';
import { Transactions } from './transactions.ts';

const HOLDS_ANYTHING = `
  SELECT EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM customer_data)
    OR EXISTS (SELECT 1 FROM idempotency_keys) OR EXISTS (SELECT 1 FROM demand)
    OR EXISTS (SELECT 1 FROM links) AS value`;

// The names of levels stay: what a number stands for never changes, and an open server may remember it.
const REMOVE_ALL = `
  DELETE FROM events;
  DELETE FROM log_times;
  DELETE FROM levels;
  DELETE FROM reservations;
  DELETE FROM customer_data;
  DELETE FROM holds;
  DELETE FROM transfers;
  DELETE FROM products;
  DELETE FROM locations;
  DELETE FROM idempotency_keys;
  DELETE FROM demand;
  DELETE FROM links;
  DELETE FROM shares;
  DELETE FROM mirror;`;

// What the power takes away of a restore is begun again anyway; the log is copied into the file as it grows.
const LOAD_FAST = `
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 2000;`;
const LOAD_DURABLY = 'PRAGMA synchronous = FULL';

/**
 * A restore under way. States: begun (the ledger is frozen as `restoring`, at a time that no other restore has), ended,
 * abandoned. It may go on only while that very freeze is there: who begins another restore takes the database over.
 */
export class Restoring {
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #transactions: Transactions;
  readonly #freeze: FreezeWriter;
  #time = 0;

  constructor(db: DatabaseSync, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.#transactions = new Transactions(db);
    this.#freeze = new FreezeWriter(db);
  }

  /** @throws {DatabaseRefusedError} the database holds a ledger */
  begin(): void {
    this.#transactions.immediate(() => {
      const before = this.#freeze.frozen();
      if (before?.reason !== 'restoring' && countOf(this.#db.prepare(HOLDS_ANYTHING)) > 0) {
        throw new DatabaseRefusedError(HOLDS_A_LEDGER);
      }
      this.#time = Math.max(this.#clock.now(), (before?.time ?? 0) + 1);
      this.#freeze.set({ reason: 'restoring', time: this.#time });
      this.#db.exec(REMOVE_ALL);
    });
    this.#db.exec(LOAD_FAST);
  }

  /** Runs one piece of the work in a transaction of its own. */
  piece(work: () => void): void {
    this.#transactions.immediate(() => {
      this.#assertOurs();
      work();
    });
  }

  /** All that came before is durable with it. */
  end(reason: FreezeReason | null): void {
    this.#db.exec(LOAD_DURABLY);
    this.piece(() => {
      this.#freeze.set(reason && { reason, time: this.#clock.now() });
      disprove(this.#db);
    });
  }

  /** Leaves the database empty, if it can; what kept the work from being done is worth more than why this failed. */
  abandon(): void {
    try {
      this.#db.exec(LOAD_DURABLY);
      this.piece(() => {
        this.#db.exec(REMOVE_ALL);
        this.#freeze.set(null);
      });
    } catch {
      // It stays frozen as `restoring`, and the next restore empties it.
    }
  }

  #assertOurs(): void {
    const freeze = this.#freeze.frozen();
    if (freeze?.reason === 'restoring' && freeze.time === this.#time) return;
    throw new StoreUnavailableError(TAKEN_OVER);
  }
}
