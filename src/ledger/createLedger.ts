import { invariant } from '../domain/invariant.ts';
import { CommitQueue } from './commitQueue.ts';
import { type HousekeepingParts, startPruner, startSweeper } from './housekeeping.ts';
import type { SharingLedger, Work } from './ledger.ts';
import type { LedgerObserver } from './observer.ts';
import type { PlaceFinder } from './placeFinder.ts';
import type { Randomness, Stopwatch, Timers } from './ports.ts';
import { withRetries } from './retries.ts';
import { Sourcing } from './sourcing.ts';
import type { LedgerStore } from './store.ts';

export interface LedgerSettings {
  /** Lines that one commit takes at most. */
  readonly commitLinesMax: number;
  /** Work that would wait longer than this is turned away. */
  readonly queueWaitMaxMs: number;
  /** How long a hold may live in all, extensions included. */
  readonly holdLifeMaxMs: number;
  /** How long idempotency records are kept. */
  readonly keyLifeMs: number;
  /** How often due holds are looked for. */
  readonly sweepIntervalMs: number;
}

export interface LedgerParts {
  readonly store: LedgerStore;
  readonly stopwatch: Stopwatch;
  readonly timers: Timers;
  readonly random: Randomness;
  readonly observer: LedgerObserver;
  readonly settings: LedgerSettings;
  /** Looks where products are. Without it the places of lines that leave the location open take a commit to be found. */
  readonly finder?: PlaceFinder;
}

export interface RunningLedger extends SharingLedger {
  /** Works that wait in the queue. */
  readonly queueLength: number;
}

/** Starts the write side on a store. The store stays the caller's: `close` does not close it. */
export function createLedger(parts: LedgerParts): RunningLedger {
  const listeners = new Set<(position: number) => void>();
  const queue = new CommitQueue({
    ...parts,
    onCommit: (position) => {
      for (const listener of listeners) listener(position);
    },
  });
  const sourcing = new Sourcing(parts.finder, (work) => queue.submit(work));
  const submit = async (work: Work) => {
    const answer = await sourcing.put(work, false);
    invariant(answer.kind !== 'short', 'only an attempt is told that it is short');
    return answer;
  };
  const housekeeping: HousekeepingParts = {
    ...parts,
    ...parts.settings,
    submit,
  };
  const stopSweeper = startSweeper(housekeeping);
  const stopPruner = startPruner(housekeeping);
  return {
    submit,
    attempt: (work) => sourcing.put(work, true),
    settleTime: (time) => withRetries(parts, () => parts.store.advanceTime(time)),
    now: () => parts.store.now(),
    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get queueLength() {
      return queue.length;
    },
    async close() {
      const housekept = Promise.all([stopSweeper(), stopPruner()]);
      await queue.close();
      await housekept;
    },
  };
}
