import type { FreezeReason } from '../../ledger/errors.ts';
import type { Archive, ArchiveStore, ArchiveWriter, Freeze } from '../archive.ts';
import { clockAndHead } from './clockAndHead.ts';
import type { Address } from './connection.ts';
import type { Runner } from './statement.ts';

/** To be written: dump and restore. */
export class PostgresArchiveStore implements ArchiveStore {
  readonly #pool: Runner;

  constructor(_address: Address, pool: Runner) {
    this.#pool = pool;
  }

  async frozen(): Promise<Freeze | null> {
    const { frozen, head } = await clockAndHead(this.#pool);
    return frozen && { reason: frozen, time: head.time };
  }

  freeze(_reason: FreezeReason): Promise<Freeze> {
    throw new Error('not yet');
  }

  thaw(): Promise<void> {
    throw new Error('not yet');
  }

  read<T>(_work: (archive: Archive) => Promise<T>): Promise<T> {
    throw new Error('not yet');
  }

  restore(_work: (writer: ArchiveWriter) => Promise<FreezeReason | null>): Promise<void> {
    throw new Error('not yet');
  }
}
