import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LedgerFrozenError } from '../../ledger/errors.ts';
import type { Freeze } from '../archive.ts';
import { one } from './statement.ts';

const READ = 'SELECT reason, time FROM freeze WHERE id = 1';
const CLEAR = 'DELETE FROM freeze';
const SET = 'INSERT INTO freeze (id, reason, time) VALUES (1, ?, ?)';

/** Whether the ledger takes commits. */
export class FreezeReader {
  readonly #read: StatementSync;

  constructor(db: DatabaseSync) {
    this.#read = db.prepare(READ);
  }

  frozen(): Freeze | null {
    return one<Freeze>(this.#read) ?? null;
  }

  /** @throws {LedgerFrozenError} */
  assertOpen(): void {
    const freeze = one<Freeze>(this.#read);
    if (freeze !== undefined) throw new LedgerFrozenError(freeze.reason);
  }
}

export class FreezeWriter extends FreezeReader {
  readonly #clear: StatementSync;
  readonly #set: StatementSync;

  constructor(db: DatabaseSync) {
    super(db);
    this.#clear = db.prepare(CLEAR);
    this.#set = db.prepare(SET);
  }

  /** Null thaws. */
  set(freeze: Freeze | null): void {
    this.#clear.run();
    if (freeze !== null) this.#set.run(freeze.reason, freeze.time);
  }
}
