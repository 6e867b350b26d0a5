import type { Clock } from '../../src/ledger/ports.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { MemoryArchiveStore } from './archiveStore.ts';
import { MemoryBooksStore } from './booksStore.ts';
import { MemoryLedgerStore, type OnStep } from './ledgerStore.ts';
import { MemoryQueryStore } from './queryStore.ts';
import type { Tables } from './tables.ts';
import { Turns } from './turns.ts';

export interface MemoryStorageOptions {
  /** What is durable: `emptyTables(node)`, or the tables of a storage that was closed or has crashed. */
  readonly tables: Tables;
  readonly clock: Clock;
  readonly onStep?: OnStep;
}

export interface MemoryStorage extends Storage {
  /**
   * Ends at once, as a killed process does. Commits that were not yet written are lost; those that were are kept,
   * whether or not anybody heard of it. Open the tables again to go on.
   */
  crash(): void;
}

/** The storage ports on plain maps. One storage at a time may be open on the same tables. */
export function openMemoryStorage({ tables, clock, onStep }: MemoryStorageOptions): MemoryStorage {
  const turns = new Turns();
  const ledger = new MemoryLedgerStore(tables, clock, turns, onStep);
  return {
    ledger,
    queries: new MemoryQueryStore(tables),
    books: new MemoryBooksStore(tables, turns),
    archive: new MemoryArchiveStore(tables, clock, turns),
    node: tables.node,
    close: () => ledger.close(),
    crash: () => ledger.crash(),
  };
}
