import type { DatabaseSync } from 'node:sqlite';
import { type FreezeReason, LedgerFrozenError } from '../../ledger/errors.ts';
import type { Clock } from '../../ledger/ports.ts';
import type { Archive, ArchiveStore, ArchiveWriter, Freeze } from '../archive.ts';
import { SqliteArchive } from './archiveReader.ts';
import { SqliteArchiveWriter } from './archiveWriter.ts';
import { openReader, openWriter, withConnection } from './connection.ts';
import { translated } from './errors.ts';
import { FreezeReader, FreezeWriter } from './freeze.ts';
import { Restoring } from './restoring.ts';
import { Transactions } from './transactions.ts';

/** How long a change waits for a server that is writing. */
const WAIT_MS = 10_000;

/** Carries the ledger away or here, on connections of its own. */
export class SqliteArchiveStore implements ArchiveStore {
  readonly #path: string;
  readonly #clock: Clock;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  async frozen(): Promise<Freeze | null> {
    return withConnection(openReader(this.#path), async (db) => new FreezeReader(db).frozen());
  }

  async freeze(reason: FreezeReason): Promise<Freeze> {
    return this.#change((freeze) => {
      const known = freeze.frozen();
      if (known !== null) return known;
      const fresh = { reason, time: this.#clock.now() };
      freeze.set(fresh);
      return fresh;
    });
  }

  async thaw(): Promise<void> {
    await this.#change((freeze) => {
      if (freeze.frozen()?.reason === 'restoring') throw new LedgerFrozenError('restoring');
      freeze.set(null);
    });
  }

  /** A read transaction sees what was there when it began, and keeps nobody from writing meanwhile. */
  async *read<T>(work: (archive: Archive) => AsyncIterable<T>): AsyncGenerator<T> {
    const db = openReader(this.#path);
    try {
      db.exec('BEGIN');
      yield* work(new SqliteArchive(db));
    } catch (error) {
      throw translated(error);
    } finally {
      db.close();
    }
  }

  async restore(work: (writer: ArchiveWriter) => Promise<FreezeReason | null>): Promise<void> {
    await withConnection(this.#openWriter(), async (db) => {
      const restoring = new Restoring(db, this.#clock);
      restoring.begin();
      const writer = new SqliteArchiveWriter(db, restoring);
      try {
        restoring.end(await work(writer));
      } catch (error) {
        restoring.abandon();
        throw error;
      }
    });
  }

  #change<T>(work: (freeze: FreezeWriter) => T): Promise<T> {
    return withConnection(this.#openWriter(), async (db) => {
      const freeze = new FreezeWriter(db);
      return new Transactions(db).immediate(() => work(freeze));
    });
  }

  #openWriter(): DatabaseSync {
    return openWriter(this.#path, WAIT_MS);
  }
}
