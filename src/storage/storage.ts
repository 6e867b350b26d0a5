import type { BooksStore } from '../ledger/books.ts';
import type { LedgerStore } from '../ledger/store.ts';
import type { Incarnation } from '../nodes/incarnation.ts';
import type { ListStore, QueryStore } from '../queries/store.ts';
import type { ArchiveStore } from './archive.ts';

/** One open database, as the parts that use it see it. */
export interface Storage {
  readonly ledger: LedgerStore;
  readonly queries: QueryStore;
  /** Where lists are read, which may be a little old. Absent where `queries` is as good. */
  readonly lists?: ListStore;
  readonly books: BooksStore;
  readonly archive: ArchiveStore;
  /** The name of the node that this log belongs to; set when the database was made. */
  readonly node: string;
  readonly incarnation: Incarnation;
  /**
   * Settles, with what there is to say of it, when another database has taken the place of this one while it was open:
   * then it takes no commits any more. Absent where that cannot be noticed.
   */
  readonly replaced?: Promise<string>;
  /**
   * Calls `listener` when another process says that the log of this database has reached a position. A hint: it may be
   * left out, late or wrong. Absent where nobody says so. @returns how to end it
   */
  readonly onForeignCommit?: (listener: (position: number) => void) => () => void;
  /** How the engine stands, for whoever operates it. */
  readonly figures?: readonly StorageFigure[];
  close(): Promise<void>;
}

/** One number that is looked at now and then. */
export interface StorageFigure {
  /** In snake case, the unit last. */
  readonly name: string;
  readonly help: string;
  /** Undefined where there is nothing to tell now. Takes no time. */
  read(): number | undefined;
}
