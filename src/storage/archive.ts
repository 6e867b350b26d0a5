import type { LoggedEvent } from '../domain/events.ts';
import type { Link } from '../domain/links/link.ts';
import type { Stamp } from '../domain/stamp.ts';
import type { MirrorRow } from '../ledger/books.ts';
import type { FreezeReason } from '../ledger/errors.ts';
import type { Erasable, KeyRecord } from '../ledger/store.ts';
import type { DemandRow, Head } from '../queries/store.ts';

/** Why a ledger takes no commits, and since when. */
export interface Freeze {
  readonly reason: FreezeReason;
  /** Milliseconds since 1970, by the ledger's clock. */
  readonly time: number;
}

/** What a client said about a reservation, as far as that is anything and was not erased. */
export interface CustomerData extends Erasable {
  readonly reservationId: string;
}

/** An idempotency record of a commit that went through. */
export interface KeptKey extends KeyRecord {
  readonly stamp: Stamp;
}

/**
 * The storage port of `dump` and `restore`: a whole ledger as it goes from one database to another. That is the log,
 * and what is not in it; levels, reservations, holds, transfers, catalogue and shares are made anew over there.
 *
 * While a ledger is frozen `LedgerStore.commit` (of anything that would be written), `dueReservations` and `pruneKeys`
 * fail with `LedgerFrozenError` in every process that has it open. Reads go on, and so does what makes their answers
 * final.
 */
export interface ArchiveStore {
  /** Null for a ledger that takes commits. */
  frozen(): Promise<Freeze | null>;

  /**
   * When it returns, every commit that ever goes through has gone through. A ledger that is frozen already stays so for
   * the reason that it has.
   */
  freeze(reason: FreezeReason): Promise<Freeze>;

  /** Lets commits through again. Does nothing to a ledger that is not frozen. */
  thaw(): Promise<void>;

  /** Hands on what `work` finds in one unchanging view; a live server goes on beside it. */
  read<T>(work: (archive: Archive) => AsyncIterable<T>): AsyncIterable<T>;

  /**
   * Fills an empty database, or one in which an earlier restore was broken off, which is emptied first. From its first
   * step on the ledger is frozen as `restoring`, so that nobody takes a part for the whole; at the end, when `work` has
   * made the rows, it is thawed, or frozen for the reason that `work` returns. When `work` fails, what it did is
   * removed again; where that fails too, the ledger stays frozen. A database that has links then is not proven: what was
   * dumped may be old.
   * @throws {DatabaseRefusedError} the database holds a ledger
   */
  restore(work: (writer: ArchiveWriter) => Promise<FreezeReason | null>): Promise<void>;
}

/** Everything comes in pages of a bounded number of rows, so no more than those are kept in memory. */
export interface Archive {
  head(): Promise<Head>;
  /** Events after the position `after`, in order. */
  events(after: number): AsyncIterable<readonly LoggedEvent[]>;
  /** By reservation id, byte by byte. */
  customerData(): AsyncIterable<readonly CustomerData[]>;
  /** By (time, actor, key), byte by byte. */
  keys(): AsyncIterable<readonly KeptKey[]>;
  /** By (minute, sku, location), byte by byte. */
  demand(): AsyncIterable<readonly DemandRow[]>;
  /** By peer, byte by byte. */
  links(): AsyncIterable<readonly Link[]>;
  /** By (peer, position at which it was applied, position), peers byte by byte. */
  mirror(): AsyncIterable<readonly MirrorRow[]>;
}

/** Takes rows in the order in which `Archive` gives them, events first. */
export interface ArchiveWriter {
  putEvents(events: readonly LoggedEvent[]): Promise<void>;
  putCustomerData(rows: readonly CustomerData[]): Promise<void>;
  putKeys(keys: readonly KeptKey[]): Promise<void>;
  putDemand(rows: readonly DemandRow[]): Promise<void>;
  putLinks(links: readonly Link[]): Promise<void>;
  putMirror(rows: readonly MirrorRow[]): Promise<void>;
  /** The end of the log; its time may be past that of the last event. */
  putHead(head: Head): Promise<void>;
}
