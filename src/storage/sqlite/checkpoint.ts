import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { one } from './statement.ts';

// A checkpoint copies pages from the write-ahead log into the database, after which the log begins anew. How many
// pages wait for it decides when and where it runs:
//
// - fewer than `soon`: nothing, for a page that is written often is then copied once;
// - from `soon` on: on this thread, but after the callers of the commit have their answers;
// - from `now` on: at once, since commits come so fast that the moment after the answers never comes;
// - from `elsewhere` on: on a thread of its own. So many pages gather only while a long reader keeps the log from
//   starting anew; copying them here would block everybody for as long as that takes.

export interface CheckpointPages {
  readonly soon: number;
  readonly now: number;
  readonly elsewhere: number;
}

const PAGES: CheckpointPages = { soon: 500, now: 1_000, elsewhere: 5_000 };
/** Of the pages that a reader keeps from being copied: how many more make another try worth its cost. */
const STUCK_SHARE = 1 / 4;
/** How long to wait before another try to remove what was erased from the log, while a reader still uses it. */
const ERASE_RETRY_MS = 1_000;

// NOOP only tells how far the log and its copying are.
const READ_STATE = 'PRAGMA wal_checkpoint(NOOP)';
const COPY = 'PRAGMA wal_checkpoint(PASSIVE)';
const TRUNCATE = 'PRAGMA wal_checkpoint(TRUNCATE)';

type CheckpointColumns = {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
};

export type OnWarning = (message: string, error: unknown) => void;

/** Keeps the write-ahead log short without making commits wait for it. */
export class Checkpointer {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #state: StatementSync;
  readonly #onWarning: OnWarning;
  readonly #pages: CheckpointPages;
  #soon: NodeJS.Immediate | undefined;
  #erasing: NodeJS.Timeout | undefined;
  #worker: Worker | undefined;
  /** Pages that the last copying could not take, because a reader still needs the log as it was. */
  #stuckPages = 0;

  constructor(db: DatabaseSync, path: string, onWarning: OnWarning, pages = PAGES) {
    this.#db = db;
    this.#path = path;
    this.#state = db.prepare(READ_STATE);
    this.#onWarning = onWarning;
    this.#pages = pages;
  }

  /**
   * Called after each commit; costs about a microsecond when there is nothing to do. Never throws, for the commit is
   * durable and must not look as if it had failed.
   */
  afterCommit(): void {
    this.#try(() => this.#copyWhenLong());
  }

  #copyWhenLong(): void {
    if (this.#worker) return;
    const pages = this.#waitingPages();
    const fresh = pages - this.#stuckPages;
    const { soon, now, elsewhere } = this.#pages;
    if (fresh < Math.max(soon, this.#stuckPages * STUCK_SHARE)) return;
    if (pages >= elsewhere) this.#copyElsewhere();
    else if (fresh >= now) this.#copy();
    else this.#soon ??= setImmediate(() => this.#copy());
  }

  /** Removes the log, and with it the pages as they were before something was erased from them. */
  erase(): void {
    if (this.#erasing) return;
    if (this.#truncate()) return;
    this.#erasing = setTimeout(() => {
      this.#erasing = undefined;
      this.erase();
    }, ERASE_RETRY_MS);
    this.#erasing.unref();
  }

  async close(): Promise<void> {
    clearImmediate(this.#soon);
    clearTimeout(this.#erasing);
    await this.#worker?.terminate();
  }

  #waitingPages(): number {
    const state = one<CheckpointColumns>(this.#state);
    return state ? state.log - state.checkpointed : 0;
  }

  #copy(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    this.#try(() => {
      this.#db.exec(COPY);
      this.#stuckPages = this.#waitingPages();
    });
  }

  #truncate(): boolean {
    const truncate = () => one<CheckpointColumns>(this.#db.prepare(TRUNCATE))?.busy === 0;
    return this.#try(truncate) ?? false;
  }

  #copyElsewhere(): void {
    const url = new URL('./checkpointWorker.ts', import.meta.url);
    const worker = new Worker(url, { workerData: { path: this.#path, statement: COPY } });
    this.#worker = worker;
    worker.unref();
    worker.on('error', (error) => this.#onWarning('a checkpoint failed', error));
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#try(() => {
        if (this.#db.isOpen) this.#stuckPages = this.#waitingPages();
      });
    });
  }

  /** A checkpoint that fails loses nothing: the pages stay in the log, and a later one takes them. */
  #try<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#onWarning('a checkpoint failed', error);
      return undefined;
    }
  }
}
