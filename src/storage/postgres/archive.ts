import {
  type FreezeReason,
  LedgerFrozenError,
  StoreUnavailableError,
} from '../../ledger/errors.ts';
import type { Archive, ArchiveStore, ArchiveWriter, Freeze } from '../archive.ts';
import { PostgresArchive } from './archiveReader.ts';
import { PostgresArchiveWriter } from './archiveWriter.ts';
import { BEGIN_INSPECTION, NO_LIMITS, withConnection } from './books.ts';
import { type Address, Connection } from './connection.ts';
import { FreezeRow } from './freeze.ts';
import { Restoring } from './restoring.ts';

/** Carries the ledger away or here, on connections of its own. */
export class PostgresArchiveStore implements ArchiveStore {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async frozen(): Promise<Freeze | null> {
    return this.#change((freeze) => freeze.frozen());
  }

  async freeze(reason: FreezeReason): Promise<Freeze> {
    return this.#change(async (freeze) => {
      await freeze.freeze(reason);
      const frozen = await freeze.frozen();
      if (frozen === null) throw new StoreUnavailableError('somebody thaws the ledger');
      return frozen;
    });
  }

  async thaw(): Promise<void> {
    await this.#change(async (freeze) => {
      await freeze.thaw();
      if ((await freeze.frozen()) !== null) throw new LedgerFrozenError('restoring');
    });
  }

  /** A read transaction sees what was there when it began, and keeps nobody from writing meanwhile. */
  async *read<T>(work: (archive: Archive) => AsyncIterable<T>): AsyncGenerator<T> {
    const connection = await Connection.open(this.#address, { answerMsMax: 0 });
    try {
      await connection.script(BEGIN_INSPECTION);
      await connection.script(NO_LIMITS);
      yield* work(new PostgresArchive(connection));
    } finally {
      await connection.close();
    }
  }

  async restore(work: (writer: ArchiveWriter) => Promise<FreezeReason | null>): Promise<void> {
    await withConnection(this.#address, async (connection) => {
      const restoring = new Restoring(connection);
      await restoring.begin();
      const writer = new PostgresArchiveWriter(connection, restoring);
      try {
        await restoring.end(await work(writer));
      } catch (error) {
        await restoring.abandon();
        throw error;
      }
    });
  }

  #change<T>(work: (freeze: FreezeRow) => Promise<T>): Promise<T> {
    return withConnection(this.#address, (connection) => work(new FreezeRow(connection)));
  }
}
