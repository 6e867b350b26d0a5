import type { Clock } from '../../src/ledger/ports.ts';
import type { Incarnation } from '../../src/nodes/incarnation.ts';
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
  /** What `Incarnation` keeps outside of the database; the machine's disk, which a restored database does not change. */
  readonly outside?: Outside;
}

export interface Outside {
  incarnation: number;
}

export interface MemoryStorage extends Storage {
  /**
   * Ends at once, as a killed process does. Commits that were not yet written are lost; those that were are kept,
   * whether or not anybody heard of it. Open the tables again to go on.
   */
  crash(): void;
}

/** The storage ports on plain maps. One storage at a time may be open on the same tables. */
export function openMemoryStorage(options: MemoryStorageOptions): MemoryStorage {
  const { tables, clock, onStep, outside = { incarnation: tables.incarnation } } = options;
  const turns = new Turns();
  const ledger = new MemoryLedgerStore(tables, clock, turns, onStep);
  return {
    ledger,
    queries: new MemoryQueryStore(tables),
    books: new MemoryBooksStore(tables, turns),
    archive: new MemoryArchiveStore(tables, clock, turns),
    node: tables.node,
    incarnation: memoryIncarnation(tables, outside),
    close: () => ledger.close(),
    crash: () => ledger.crash(),
  };
}

/** The number outside is written first: a crash in between is over with the next proof. */
function memoryIncarnation(tables: Tables, outside: Outside): Incarnation {
  return {
    isProven: async () =>
      outside.incarnation === tables.incarnation || outside.incarnation === tables.incarnation + 1,
    async prove() {
      outside.incarnation = tables.incarnation + 1;
      tables.incarnation += 1;
    },
  };
}
