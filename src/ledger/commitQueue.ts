import type { LedgerEvent } from '../domain/events.ts';
import { invariant } from '../domain/invariant.ts';
import type { Rules } from '../domain/state.ts';
import { answerBatch } from './answerBatch.ts';
import { splitBusy } from './busyWork.ts';
import { countCommit } from './countCommit.ts';
import type { DecidedAnswer } from './decidedAnswer.ts';
import { decideWork } from './decideWork.ts';
import {
  AnswerTooLargeError,
  DrainingError,
  LevelsBusyError,
  OverloadedError,
  StoreError,
  StoreRejectedError,
  StoreUnavailableError,
} from './errors.ts';
import { AbandonedError, type Work } from './ledger.ts';
import { needsOf } from './needs.ts';
import type { LedgerObserver } from './observer.ts';
import type { Randomness, Stopwatch, Timers } from './ports.ts';
import { withRetries } from './retries.ts';
import type { LedgerStore } from './store.ts';
import { WaitEstimate } from './waitEstimate.ts';
import { type Pending, type QueueAnswer, WaitingWorks } from './waitingWorks.ts';
import { findsRoom, isCarried, linesOf } from './weight.ts';
import { WorkingState } from './workingState.ts';

/** How often works whose levels are held by another server are tried again. */
const PARK_MS = 50;

/** How long they are kept; the database ends the transaction of a server that is stuck before that. */
const PARKED_MS_MAX = 3_000;

export interface CommitQueueSettings extends Rules {
  /** Lines that one commit takes at most; a single work may have more. */
  readonly commitLinesMax: number;
  /** Work that would wait longer is turned away; work that ends what was promised may wait twice as long. */
  readonly queueWaitMaxMs: number;
}

export interface CommitQueueParts {
  readonly store: LedgerStore;
  readonly stopwatch: Stopwatch;
  readonly timers: Timers;
  readonly random: Randomness;
  readonly observer: LedgerObserver;
  readonly settings: CommitQueueSettings;
  /** Called after a commit with events, with the last position. */
  readonly onCommit: (position: number) => void;
}

/**
 * Group commit of decisions: one commit takes all that waits, up to a bound, decides it in order, and answers when it
 * is durable.
 *
 * States: `idle` (nothing waits, nothing runs), `scheduled` (something waits, and a look at it is due), `committing`
 * (one commit is under way; what comes now waits for the next). Beside that some works may be parked: they need a level
 * that another server holds, and are put back in front of the queue a moment later. `close` lets it run until it is
 * idle and nothing is parked; from then on it takes nothing.
 */
export class CommitQueue {
  readonly #parts: CommitQueueParts;
  readonly #estimate = new WaitEstimate();
  #state: 'idle' | 'scheduled' | 'committing' = 'idle';
  #draining = false;
  readonly #waiting = new WaitingWorks();
  #commitStartedAt = 0;
  #parked = 0;
  #unanswered = 0;
  #onIdle: (() => void) | null = null;

  constructor(parts: CommitQueueParts) {
    invariant(parts.settings.commitLinesMax >= 1, 'a commit takes at least one line');
    this.#parts = parts;
  }

  /** Works that wait. */
  get length(): number {
    return this.#waiting.length;
  }

  submit(work: Work): Promise<QueueAnswer> {
    if (this.#draining) return Promise.reject(new DrainingError());
    const lines = linesOf(work);
    const waitMs = isCarried(work) ? 0 : this.#waitMs();
    if (waitMs > this.#waitMaxMs(work)) {
      this.#parts.observer.shed();
      return Promise.reject(new OverloadedError(Math.ceil(waitMs)));
    }
    return this.#join(work, lines);
  }

  close(): Promise<void> {
    this.#draining = true;
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #waitMs(): number {
    const { settings, stopwatch } = this.#parts;
    const runningMs =
      this.#state === 'committing' ? stopwatch.elapsed() - this.#commitStartedAt : 0;
    const lines = this.#waiting.linesAhead(settings.commitLinesMax);
    return this.#estimate.waitMs(lines, settings.commitLinesMax, runningMs);
  }

  #waitMaxMs(work: Work): number {
    const { queueWaitMaxMs } = this.#parts.settings;
    return findsRoom(work) ? 2 * queueWaitMaxMs : queueWaitMaxMs;
  }

  #join(work: Work, lines: number): Promise<QueueAnswer> {
    return new Promise((resolve, reject) => {
      const since = this.#parts.stopwatch.elapsed();
      this.#waiting.add({ work, lines, since, resolve, reject, parkedAt: null });
      if (this.#state === 'idle') this.#schedule();
    });
  }

  #schedule(): void {
    this.#state = 'scheduled';
    this.#parts.timers.soon(() => void this.#commitNext());
  }

  async #commitNext(): Promise<void> {
    this.#state = 'committing';
    this.#commitStartedAt = this.#parts.stopwatch.elapsed();
    const batch = this.#take();
    if (batch.length > 0) await this.#run(batch);
    if (this.#waiting.length === 0) {
      this.#state = 'idle';
      this.#settleClose();
    } else if (this.#parts.store.worksAside) void this.#commitNext();
    else this.#schedule();
  }

  #isIdle(): boolean {
    return this.#state === 'idle' && this.#parked === 0 && this.#unanswered === 0;
  }

  #settleClose(): void {
    if (this.#isIdle()) this.#onIdle?.();
  }

  /** The works of the next commit whose callers are still there. */
  #take(): readonly Pending[] {
    const taken = this.#waiting.take(this.#parts.settings.commitLinesMax);
    const gone = taken.filter(({ work }) => work.signal?.aborted);
    if (gone.length === 0) return taken;
    this.#parts.observer.abandoned(gone.length);
    for (const { reject } of gone) reject(new AbandonedError());
    return taken.filter(({ work }) => !work.signal?.aborted);
  }

  /** Commits a batch. When it fails by the fault of one of its works, each has a commit of its own instead. */
  async #run(batch: readonly Pending[]): Promise<void> {
    try {
      await this.#commit(batch);
    } catch (error) {
      if (error instanceof LevelsBusyError) {
        await this.#runWithout(batch, error);
        return;
      }
      if (!(error instanceof AnswerTooLargeError)) this.#parts.observer.failed(error);
      if (batch.length > 1 && isFaultOfOne(error)) {
        for (const pending of batch) await this.#run([pending]);
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  /** Commits the works of a batch that need no busy level, and parks the others. */
  async #runWithout(batch: readonly Pending[], error: LevelsBusyError): Promise<void> {
    const { busy, free } = splitBusy(batch, error.busy);
    this.#park(busy, error);
    if (free.length > 0) await this.#run(free);
  }

  #park(works: readonly Pending[], error: LevelsBusyError): void {
    const { stopwatch, timers, observer } = this.#parts;
    const now = stopwatch.elapsed();
    const kept: Pending[] = [];
    for (const pending of works) {
      const parkedAt = pending.parkedAt ?? now;
      if (now - parkedAt < PARKED_MS_MAX) kept.push({ ...pending, parkedAt });
      else pending.reject(new StoreUnavailableError(error.message, { cause: error }));
    }
    if (kept.length < works.length) observer.failed(error);
    if (kept.length === 0) return;
    this.#parked += kept.length;
    timers.after(PARK_MS, () => this.#unpark(kept));
  }

  #unpark(works: readonly Pending[]): void {
    this.#parked -= works.length;
    this.#waiting.putBack(works);
    if (this.#state === 'idle') this.#schedule();
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    const { store, settings, observer, stopwatch } = this.#parts;
    const works = batch.map(({ work }) => work);
    const needs = needsOf(works);
    const startedAt = stopwatch.elapsed();
    let answers: readonly DecidedAnswer[] = [];
    let events: readonly LedgerEvent[] = [];
    const stamp = await withRetries(this.#parts, () =>
      store.commit(needs, (rows) => {
        const state = new WorkingState(rows);
        answers = works.map((work) => decideWork(state, work, settings));
        const writes = state.writes();
        events = writes.events;
        return writes;
      }),
    );
    const durationMs = stopwatch.elapsed() - startedAt;
    const lines = batch.reduce((sum, pending) => sum + pending.lines, 0);
    this.#estimate.observe(lines, durationMs);
    await this.#answerAside(async () => {
      await answerBatch(this.#parts, batch, answers, stamp);
      const waitedMs = startedAt - (batch[0]?.since ?? startedAt);
      this.#tell(() => {
        observer.committed({ ...countCommit(works, answers, events), durationMs, waitedMs });
        if (events.length > 0) this.#parts.onCommit(stamp.firstPosition + events.length - 1);
      });
    });
  }

  /**
   * Answers a commit. While the next one would leave this thread free, it is sent off first: to answer takes as long as
   * to commit, and the database would stand idle meanwhile.
   */
  async #answerAside(answer: () => Promise<void>): Promise<void> {
    const { store, timers } = this.#parts;
    if (!store.worksAside || this.#waiting.length === 0) return answer();
    this.#unanswered += 1;
    timers.next(() => {
      void answer().finally(() => {
        this.#unanswered -= 1;
        this.#settleClose();
      });
    });
  }

  /** Whoever listens must not throw; one that does must not make a commit look failed, for it would be done again. */
  #tell(listeners: () => void): void {
    try {
      listeners();
    } catch (error) {
      this.#parts.observer.failed(error);
    }
  }
}

function isFaultOfOne(error: unknown): boolean {
  return error instanceof StoreRejectedError || !(error instanceof StoreError);
}
