import { type FreezeReason, StoreUnavailableError } from '../../ledger/errors.ts';
import { DatabaseRefusedError } from '../refused.ts';
import { HOLDS_A_LEDGER, TAKEN_OVER } from '../rows/archive.ts';
import type { Connection } from './connection.ts';
import { FreezeRow } from './freeze.ts';
import { one, statement } from './statement.ts';

/** How long a restore waits for servers that look at the empty database. */
const WAIT_MS = 10_000;

const TABLES =
  'levels, products, locations, reservations, holds, transfers, customer_data, events, log_times, idempotency_keys, demand, links, shares, mirror';

// Commits lock levels first, and what makes a time final the head of the log, so whoever waits here waits for none that
// waits for him.
const BEGIN = `
  BEGIN ISOLATION LEVEL READ COMMITTED;
  SET LOCAL statement_timeout = 0;
  SET LOCAL idle_in_transaction_session_timeout = 0;
  SET LOCAL lock_timeout = ${WAIT_MS}`;
const LOCK_OUT = `LOCK TABLE levels, log_head, ${TABLES} IN ACCESS EXCLUSIVE MODE`;

const HOLDS_ANYTHING = statement<{ some: boolean }>(
  'holds_anything',
  `SELECT EXISTS (SELECT FROM events) OR EXISTS (SELECT FROM customer_data)
    OR EXISTS (SELECT FROM idempotency_keys) OR EXISTS (SELECT FROM demand)
    OR EXISTS (SELECT FROM links) AS some`,
);

// The names of levels stay: what a number stands for never changes, and a server may remember it.
const REMOVE_ALL = `TRUNCATE ${TABLES}`;

// What was dumped may be old, so a ledger with links has to prove itself; and whoever remembers something of what was
// here before is to forget it.
const BEGIN_ANEW = `
  UPDATE node SET incarnation = NULL;
  UPDATE log_head SET custody = custody + 1 WHERE custody > 0 OR EXISTS (SELECT FROM links)`;

// What a crash of the database takes away of a restore is begun again anyway.
const LOAD_FAST = 'SET LOCAL synchronous_commit = off';
const LOAD_DURABLY = 'SET LOCAL synchronous_commit = on';

/**
 * A restore under way. States: begun (the ledger is frozen as `restoring`, at a time that no other restore has), ended,
 * abandoned. It may go on only while that very freeze is there: who begins another restore takes the database over.
 */
export class Restoring {
  readonly #connection: Connection;
  readonly #freeze: FreezeRow;
  #time = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#freeze = new FreezeRow(connection);
  }

  /** @throws {DatabaseRefusedError} the database holds a ledger */
  async begin(): Promise<void> {
    await this.#transaction(async () => {
      await this.#connection.script(LOCK_OUT);
      const before = await this.#freeze.frozen();
      const holds = await one(this.#connection, HOLDS_ANYTHING);
      if (before?.reason !== 'restoring' && holds?.some !== false) {
        throw new DatabaseRefusedError(HOLDS_A_LEDGER);
      }
      this.#time = await this.#freeze.beginRestore();
      await this.#connection.script(REMOVE_ALL);
    });
  }

  /** Runs one piece of the work in a transaction of its own. */
  piece(work: () => Promise<void>): Promise<void> {
    return this.#transaction(async () => {
      await this.#connection.script(LOAD_FAST);
      await this.#assertOurs();
      await work();
    });
  }

  /** All that came before is durable with it. */
  async end(reason: FreezeReason | null): Promise<void> {
    await this.#transaction(async () => {
      await this.#connection.script(LOAD_DURABLY);
      await this.#assertOurs();
      await this.#connection.script(BEGIN_ANEW);
      await this.#freeze.endRestore(reason);
    });
    // The server would do it by itself some time later; until then its plans are those for empty tables.
    await this.#connection.script(`ANALYZE ${TABLES}, level_ids`).catch(() => undefined);
  }

  /** Leaves the database empty, if it can; what kept the work from being done is worth more than why this failed. */
  async abandon(): Promise<void> {
    try {
      await this.#transaction(async () => {
        await this.#connection.script(LOCK_OUT);
        await this.#assertOurs();
        await this.#freeze.beginRestore();
        await this.#connection.script(REMOVE_ALL);
        await this.#freeze.endRestore(null);
      });
    } catch {
      // It stays frozen as `restoring`, and the next restore empties it.
    }
  }

  async #transaction(work: () => Promise<void>): Promise<void> {
    await this.#connection.script(BEGIN);
    try {
      await work();
      await this.#connection.script('COMMIT');
    } catch (error) {
      if (this.#connection.usable) await this.#connection.script('ROLLBACK');
      throw error;
    }
  }

  async #assertOurs(): Promise<void> {
    if (await this.#freeze.continuesRestore(this.#time)) return;
    throw new StoreUnavailableError(TAKEN_OVER);
  }
}
