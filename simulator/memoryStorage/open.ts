import type { Clock } from '../../src/ledger/ports.ts';
import type { Incarnation } from '../../src/nodes/incarnation.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { MemoryArchiveStore } from './archiveStore.ts';
import { MemoryBooksStore } from './booksStore.ts';
import { MemoryLedgerStore, type OnStep } from './ledgerStore.ts';
import { MemoryQueryStore } from './queryStore.ts';
import type { Tables } from './tables.ts';
import { Turns, type TurnTaker } from './turns.ts';

export interface MemoryStorageOptions {
  /** What is durable: `emptyTables(node)`, or the tables of a storage that was closed or has crashed. */
  readonly tables: Tables;
  readonly clock: Clock;
  readonly onStep?: OnStep;
  /** What `Incarnation` keeps outside of the database; the machine's disk, which a restored database does not change. */
  readonly outside?: Outside;
  /** The lock of the tables, where several storages are open on them. */
  readonly turns?: TurnTaker;
  /** Called, and awaited, between the writes of a proof; what it throws, the proof throws. */
  readonly onProof?: () => Promise<void>;
}

export interface Outside {
  incarnation: number;
  /** While a proof is under way, the number that is to be. */
  next: number | null;
}

export interface MemoryStorage extends Storage {
  /**
   * Ends at once, as a killed process does. Commits that were not yet written are lost; those that were are kept,
   * whether or not anybody heard of it. Open the tables again to go on.
   */
  crash(): void;
}

/** What a machine keeps of a database that has always been its own. */
export function newOutside({ incarnation }: Pick<Tables, 'incarnation'>): Outside {
  return { incarnation, next: null };
}

/** The storage ports on plain maps. Storages that are open on the same tables at a time share `turns`. */
export function openMemoryStorage(options: MemoryStorageOptions): MemoryStorage {
  const { tables, clock, onStep, outside = newOutside(tables) } = options;
  const { turns = new Turns(), onProof } = options;
  const ledger = new MemoryLedgerStore(tables, clock, turns, onStep);
  return {
    ledger,
    queries: new MemoryQueryStore(tables),
    books: new MemoryBooksStore(tables, turns),
    archive: new MemoryArchiveStore(tables, clock, turns),
    node: tables.node,
    incarnation: memoryIncarnation(tables, outside, onProof),
    close: () => ledger.close(),
    crash: () => ledger.crash(),
  };
}

/** Outside is written first, and once more when inside is: a crash in between is over with the next proof. */
function memoryIncarnation(
  tables: Tables,
  outside: Outside,
  onProof: (() => Promise<void>) | undefined,
): Incarnation {
  return {
    isProven: async () =>
      outside.incarnation === tables.incarnation || outside.next === tables.incarnation,
    async prove() {
      const next = tables.incarnation + 1;
      outside.incarnation = tables.incarnation;
      outside.next = next;
      await onProof?.();
      tables.incarnation = next;
      await onProof?.();
      // Another process on the same database may have begun a proof since.
      if (outside.next !== next) return;
      outside.incarnation = next;
      outside.next = null;
    },
  };
}
