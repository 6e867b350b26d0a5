import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { translated, translatedAtCommit } from './errors.ts';

/** Transactions of one connection. They begin with the write lock, so none of them can fail for want of it later. */
export class Transactions {
  readonly #db: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  /**
   * Runs `work` in a transaction and makes it durable, or undoes it and throws what went wrong; errors of `work` that
   * are not the engine's are passed on as they are.
   */
  immediate<T>(work: () => T): T {
    this.begin();
    let result: T;
    try {
      result = work();
    } catch (error) {
      this.rollback();
      throw translated(error);
    }
    this.commit();
    return result;
  }

  begin(): void {
    try {
      this.#begin.run();
    } catch (error) {
      throw translated(error);
    }
  }

  commit(): void {
    try {
      this.#commit.run();
    } catch (error) {
      this.rollback();
      throw translatedAtCommit(error);
    }
  }

  /** After some errors, a full disk among them, the engine has ended the transaction by itself. */
  rollback(): void {
    if (this.#db.isTransaction) this.#rollback.run();
  }
}
