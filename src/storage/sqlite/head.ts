import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Head } from '../../queries/store.ts';
import { one } from './statement.ts';

const READ_HEAD = 'SELECT time, position FROM log_times ORDER BY time DESC LIMIT 1';
const READ_POSITION_AT =
  'SELECT position FROM log_times WHERE time <= ? ORDER BY time DESC LIMIT 1';
const ADVANCE = `
  INSERT INTO log_times (time, position) VALUES (?, ?)
  ON CONFLICT (time) DO UPDATE SET position = excluded.position`;

const EMPTY_LOG: Head = { position: 0, time: 0 };

/** The newest position and time of the log, and which position each time had. */
export class HeadReader {
  readonly #head: StatementSync;
  readonly #positionAt: StatementSync;

  constructor(db: DatabaseSync) {
    this.#head = db.prepare(READ_HEAD);
    this.#positionAt = db.prepare(READ_POSITION_AT);
  }

  head(): Head {
    return one<Head>(this.#head) ?? EMPTY_LOG;
  }

  /** The last position with a time not after `time`; 0 when there is none. */
  positionAt(time: number): number {
    return one<{ position: number }>(this.#positionAt, time)?.position ?? 0;
  }
}

export class HeadWriter extends HeadReader {
  readonly #advance: StatementSync;

  constructor(db: DatabaseSync) {
    super(db);
    this.#advance = db.prepare(ADVANCE);
  }

  advance({ time, position }: Head): void {
    this.#advance.run(time, position);
  }
}
