import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { translated } from './errors.ts';

/**
 * Makes the small reads of one round of the event loop together, in one transaction: to begin and to end it costs more
 * than to read one row. Each read happens after it was asked for, so it sees all that was committed before that.
 */
export class ReadGroup {
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  #waiting: (() => void)[] = [];

  constructor(db: DatabaseSync) {
    this.#begin = db.prepare('BEGIN');
    this.#commit = db.prepare('COMMIT');
  }

  /** @param look one read; it must not wait for anything */
  read<T>(look: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.push(() => {
        try {
          resolve(look());
        } catch (error) {
          reject(translated(error));
        }
      });
      if (waiting === 1) setImmediate(() => this.#lookAll());
    });
  }

  #lookAll(): void {
    const looks = this.#waiting;
    this.#waiting = [];
    const together = looks.length > 1 && succeeds(this.#begin);
    for (const look of looks) look();
    if (together) succeeds(this.#commit);
  }
}

/** Where the database is closed, each read says so by itself. */
function succeeds(statement: StatementSync): boolean {
  try {
    statement.run();
    return true;
  } catch {
    return false;
  }
}
