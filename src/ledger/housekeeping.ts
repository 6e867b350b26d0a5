import { SYSTEM_ACTOR } from './decideCommand.ts';
import {
  DrainingError,
  LevelsBusyError,
  OverloadedError,
  StoreError,
  StoreRejectedError,
} from './errors.ts';
import type { Answer, Work } from './ledger.ts';
import type { LedgerObserver } from './observer.ts';
import type { Timer, Timers } from './ports.ts';
import type { LedgerStore } from './store.ts';

/** Holds that one commit of the sweeper gives back, so that buyers do not wait behind a long queue of expiries. */
const EXPIRIES_PER_WORK = 250;

/** Idempotency records that are removed at once, for the same reason. */
const KEYS_PER_REMOVAL = 1_000;

const PRUNE_INTERVAL_MS = 60_000;

/**
 * How long nothing more is tried after a fault, at least. Of several servers that share a database one looks after due
 * holds, by a lease that it renews with each look: one that cannot do anything for them has to let it run out.
 */
const FAULT_PAUSE_MS = 1_000;

export interface HousekeepingParts {
  readonly store: LedgerStore;
  readonly timers: Timers;
  readonly observer: LedgerObserver;
  readonly submit: (work: Work) => Promise<Answer>;
  /** How often due holds are looked for; they are back within this time and that of a commit. */
  readonly sweepIntervalMs: number;
  /** How long idempotency records are kept. */
  readonly keyLifeMs: number;
}

/** Gives back holds whose time is over. @returns how to stop, resolved when the last round has ended */
export function startSweeper(parts: HousekeepingParts): () => Promise<void> {
  return repeat(parts, parts.sweepIntervalMs, () => sweep(parts));
}

/** Removes idempotency records that are older than promised. */
export function startPruner(parts: HousekeepingParts): () => Promise<void> {
  return repeat(parts, PRUNE_INTERVAL_MS, () => prune(parts));
}

/** One round. @returns whether there may be more to do */
async function sweep(parts: HousekeepingParts): Promise<boolean> {
  const due = await parts.store.dueReservations(EXPIRIES_PER_WORK);
  if (due.length === 0) return false;
  try {
    await expire(parts, due);
  } catch (error) {
    if (due.length === 1 || isTroubleOfAll(error)) throw error;
    await expireEach(parts, due);
  }
  return due.length === EXPIRIES_PER_WORK;
}

function expire({ submit }: HousekeepingParts, due: readonly string[]): Promise<Answer> {
  const items = due.map((reservationId) => ({
    command: { type: 'expire' as const, reservationId },
  }));
  return submit({ actor: SYSTEM_ACTOR, requestId: 'expiry', items });
}

/** One hold that cannot be given back must not keep all that are due after it. */
async function expireEach(parts: HousekeepingParts, due: readonly string[]): Promise<void> {
  const answers = await Promise.allSettled(due.map((id) => expire(parts, [id])));
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed) throw failed.reason;
}

/** A level that somebody holds keeps its own holds waiting only. */
function isTroubleOfAll(error: unknown): boolean {
  if (error instanceof Error && error.cause instanceof LevelsBusyError) return false;
  const ofStore = error instanceof StoreError && !(error instanceof StoreRejectedError);
  return ofStore || error instanceof OverloadedError || error instanceof DrainingError;
}

async function prune({ store, keyLifeMs }: HousekeepingParts): Promise<boolean> {
  const before = (await store.now()) - keyLifeMs;
  return (await store.pruneKeys(before, KEYS_PER_REMOVAL)) === KEYS_PER_REMOVAL;
}

/** Runs `round` at once, again while there is more to do, and then every `intervalMs`. A fault only delays it. */
function repeat(
  { timers, observer }: HousekeepingParts,
  intervalMs: number,
  round: () => Promise<boolean>,
): () => Promise<void> {
  let stopped = false;
  let timer: Timer | null = null;
  let running = Promise.resolve();
  const run = async (): Promise<void> => {
    let pauseMs = intervalMs;
    try {
      if (await round()) pauseMs = 0;
    } catch (error) {
      pauseMs = Math.max(intervalMs, FAULT_PAUSE_MS);
      if (!stopped) observer.failed(error);
    }
    if (!stopped) timer = timers.after(pauseMs, start);
  };
  const start = (): void => {
    running = run();
  };
  start();
  return () => {
    stopped = true;
    timer?.cancel();
    return running;
  };
}
