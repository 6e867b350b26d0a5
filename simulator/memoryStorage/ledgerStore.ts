import { invariant } from '../../src/domain/invariant.ts';
import type { Stamp } from '../../src/domain/stamp.ts';
import { LedgerFrozenError, StoreUnavailableError } from '../../src/ledger/errors.ts';
import type { Clock } from '../../src/ledger/ports.ts';
import {
  type Erasable,
  type LedgerStore,
  type Needs,
  nothingToWrite,
  type Rows,
  type Writes,
} from '../../src/ledger/store.ts';
import { loadRows } from './load.ts';
import { compareParts } from './order.ts';
import type { HoldRow, Tables } from './tables.ts';
import type { TurnTaker } from './turns.ts';
import { write } from './write.ts';

/**
 * Where a commit can be held up or broken, in order: before it loads, after it has decided and before anything is
 * written, and after everything is durable and before the caller hears of it.
 */
export type CommitStep = 'load' | 'write' | 'answer';

/**
 * Called as a commit reaches a step, and awaited; the commits behind wait too. What it throws, the commit throws:
 * up to `write` with nothing done, at `answer` with everything done. So a conflict, an outage and an unknown outcome
 * of either kind are one `throw` each.
 */
export type OnStep = (step: CommitStep) => void | Promise<void>;

/**
 * Open until closed or crashed. From then on every call, those under way included, fails with
 * `StoreUnavailableError`; a commit that was past `write` is durable all the same.
 */
export class MemoryLedgerStore implements LedgerStore {
  readonly worksAside = false;
  readonly #tables: Tables;
  readonly #clock: Clock;
  readonly #turns: TurnTaker;
  readonly #onStep: OnStep | undefined;
  #isOpen = true;

  constructor(tables: Tables, clock: Clock, turns: TurnTaker, onStep: OnStep | undefined) {
    this.#tables = tables;
    this.#clock = clock;
    this.#turns = turns;
    this.#onStep = onStep;
  }

  commit(needs: Needs, decide: (rows: Rows) => Writes): Promise<Stamp> {
    return this.#turns.take(async () => {
      await this.#reach('load');
      const now = this.#now();
      const writes = decide(loadRows(this.#tables, needs, now));
      const stamp = { firstPosition: this.#tables.head.position + 1, time: now };
      if (nothingToWrite(writes)) return stamp;
      await this.#reach('write');
      this.#assertThawed();
      write(this.#tables, writes, stamp);
      await this.#reach('answer');
      return stamp;
    });
  }

  advanceTime(time: number): Promise<void> {
    return this.#turns.take(async () => {
      this.#assertOpen();
      const { head } = this.#tables;
      if (head.time <= time) this.#tables.head = { ...head, time: time + 1 };
    });
  }

  async dueReservations(limit: number): Promise<readonly string[]> {
    this.#assertOpen();
    this.#assertThawed();
    const now = this.#now();
    const endOf = ({ expiresAt, reservationId }: HoldRow) => [expiresAt, reservationId];
    const due = [...this.#tables.holds.values()]
      .flatMap((holds) => [...holds.values()])
      .filter((hold) => hold.expiresAt <= now)
      .sort((one, other) => compareParts(endOf(one), endOf(other)));
    return [...new Set(due.map((hold) => hold.reservationId))].slice(0, limit);
  }

  async readErasable(ids: readonly string[]): Promise<ReadonlyMap<string, Erasable>> {
    this.#assertOpen();
    const found = new Map<string, Erasable>();
    for (const id of ids) {
      const { reference = null, metadata = null } = this.#tables.reservations.get(id) ?? {};
      if (reference !== null || metadata !== null) found.set(id, { reference, metadata });
    }
    return found;
  }

  pruneKeys(before: number, limit: number): Promise<number> {
    return this.#turns.take(async () => {
      this.#assertOpen();
      this.#assertThawed();
      const old = [...this.#tables.keys].filter(([, { stamp }]) => (stamp?.time ?? 0) < before);
      for (const [key] of old.slice(0, limit)) this.#tables.keys.delete(key);
      return Math.min(old.length, limit);
    });
  }

  async now(): Promise<number> {
    this.#assertOpen();
    return this.#now();
  }

  async close(): Promise<void> {
    await this.#turns.take(async () => {
      this.#isOpen = false;
    });
  }

  /** Ends at once, as a killed process does: a commit that is held up at a step goes no further. */
  crash(): void {
    this.#isOpen = false;
  }

  async #reach(step: CommitStep): Promise<void> {
    this.#assertOpen();
    const held = this.#onStep?.(step);
    if (held === undefined) return;
    await held;
    this.#assertOpen();
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw new StoreUnavailableError('the memory storage is closed');
  }

  #assertThawed(): void {
    const { freeze } = this.#tables;
    if (freeze !== null) throw new LedgerFrozenError(freeze.reason);
  }

  #now(): number {
    const now = Math.max(this.#clock.now(), this.#tables.head.time);
    invariant(Number.isSafeInteger(now), () => `the clock says ${now}`);
    return now;
  }
}
