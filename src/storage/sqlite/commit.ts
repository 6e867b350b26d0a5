import type { DatabaseSync } from 'node:sqlite';
import type { Stamp } from '../../domain/stamp.ts';
import type { Clock } from '../../ledger/ports.ts';
import {
  type Erasable,
  type LedgerStore,
  type Needs,
  nothingToWrite,
  type Rows,
  type Writes,
} from '../../ledger/store.ts';
import type { Checkpointer } from './checkpoint.ts';
import { translating } from './errors.ts';
import { loadRows } from './load.ts';
import { prepareTables, type Tables } from './tables.ts';
import { Transactions } from './transactions.ts';
import { erasesCustomerData, writeAll } from './write.ts';

/**
 * The write side on one connection. Each member does all of its work before it gives up the thread, so transactions
 * of one process never meet; the engine's write lock keeps other processes out. Nothing is remembered from one commit
 * to the next, so it does not matter who else writes.
 */
export class SqliteLedgerStore implements LedgerStore {
  readonly worksAside = false;
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #checkpointer: Checkpointer;
  readonly #onCommitted: (position: number) => void;
  readonly #transactions: Transactions;
  readonly #tables: Tables;

  /** @param onCommitted told of the last position of each commit that wrote events */
  constructor(
    db: DatabaseSync,
    clock: Clock,
    checkpointer: Checkpointer,
    onCommitted: (position: number) => void = () => undefined,
  ) {
    this.#db = db;
    this.#clock = clock;
    this.#checkpointer = checkpointer;
    this.#onCommitted = onCommitted;
    this.#transactions = new Transactions(db);
    this.#tables = prepareTables(db);
  }

  async commit(needs: Needs, decide: (rows: Rows) => Writes): Promise<Stamp> {
    const [stamp, writes] = this.#transactions.immediate(() => this.#write(needs, decide));
    const { length } = writes.events;
    if (length > 0) this.#onCommitted(stamp.firstPosition + length - 1);
    if (erases(writes)) this.#checkpointer.erase();
    else if (!nothingToWrite(writes)) this.#checkpointer.afterCommit();
    return stamp;
  }

  async advanceTime(time: number): Promise<void> {
    const { head } = this.#tables;
    // Time never goes back, so what is past now needs no lock.
    if (translating(() => head.head()).time > time) return;
    this.#transactions.immediate(() => {
      const { position, time: newest } = head.head();
      if (newest <= time) head.advance({ time: time + 1, position });
    });
  }

  async dueReservations(limit: number): Promise<readonly string[]> {
    return translating(() => {
      this.#tables.freeze.assertOpen();
      return this.#tables.reservations.due(this.#now(), limit);
    });
  }

  async readErasable(ids: readonly string[]): Promise<ReadonlyMap<string, Erasable>> {
    const found = new Map<string, Erasable>();
    for (const id of ids) {
      const erasable = translating(() => this.#tables.reservations.customerData(id));
      if (erasable) found.set(id, erasable);
    }
    return found;
  }

  async pruneKeys(before: number, limit: number): Promise<number> {
    const { keys, freeze } = this.#tables;
    if (!translating(() => keys.hasOlderThan(before))) return 0;
    const pruned = this.#transactions.immediate(() => {
      freeze.assertOpen();
      return keys.prune(before, limit);
    });
    this.#checkpointer.afterCommit();
    return pruned;
  }

  async now(): Promise<number> {
    return translating(() => this.#now());
  }

  async close(): Promise<void> {
    if (!this.#db.isOpen) return;
    await this.#checkpointer.close();
    if (this.#db.isOpen) this.#db.close();
  }

  #now(): number {
    return Math.max(this.#clock.now(), this.#tables.head.head().time);
  }

  /** Inside the transaction. A commit that writes nothing costs the disk nothing. */
  #write(needs: Needs, decide: (rows: Rows) => Writes): [Stamp, Writes] {
    const head = this.#tables.head.head();
    const time = Math.max(this.#clock.now(), head.time);
    const stamp: Stamp = { firstPosition: head.position + 1, time };
    const { rows, levelIds } = loadRows(this.#tables, needs, time);
    const writes = decide(rows);
    if (nothingToWrite(writes)) return [stamp, writes];
    this.#tables.freeze.assertOpen();
    writeAll(this.#tables, levelIds, writes, stamp);
    return [stamp, writes];
  }
}

function erases({ reservations }: Writes): boolean {
  for (const change of reservations.values()) {
    if (erasesCustomerData(change)) return true;
  }
  return false;
}
