import { Tip } from '../feed/tip.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Pauses } from '../ledger/pauses.ts';
import type { Randomness, Stopwatch, Timers } from '../ledger/ports.ts';
import type { QueryStore } from '../queries/store.ts';
import type { Broker } from './broker.ts';
import type { Hash } from './digest.ts';
import { PublishingRefusedError } from './errors.ts';
import type { PublishObserver, PublishStatus } from './observer.ts';
import { Unpublished } from './unpublished.ts';

/** How often other processes' commits are looked for where nobody tells of them. */
const POLL_MS = 500;
/** How long news is collected before it is published. */
const GATHER_MS = 5;
/** How long a quiet stream is believed to be as it was left. */
const BELIEVED_MS = 30_000;
/** Events that are read and published at a time: all that is kept in memory of them (about 150 KB). */
const PAGE_EVENTS = 128;
/** How often a server looks whether the one that publishes still does. */
const STAND_BY_MS = 1_000;

export interface PublisherParts {
  readonly store: Pick<QueryStore, 'head' | 'events'>;
  readonly ledger: Pick<Ledger, 'onCommit'>;
  /** See `Storage.onForeignCommit`. */
  readonly onForeignCommit?: (listener: (position: number) => void) => () => void;
  readonly broker: Broker;
  readonly hash: Hash;
  readonly timers: Timers;
  readonly stopwatch: Stopwatch;
  readonly random: Randomness;
  readonly observer: PublishObserver;
}

export interface Publisher {
  status(): PublishStatus;
  /** To be called before the ledger is closed. What is not published by then is published after the next start. */
  close(): Promise<void>;
}

/** Publishes the log from now on, from where the stream ends. Nothing waits for it. */
export function startPublisher(parts: PublisherParts): Publisher {
  return new LogPublisher(parts);
}

/**
 * Takes turns in four states: resuming (the stream is asked where it ends, and log and stream are compared), publishing,
 * standing by while another server of this node publishes, and pausing after something has failed. Nothing is kept here
 * of what was published: after any failure the stream is asked again.
 */
class LogPublisher implements Publisher {
  readonly #parts: PublisherParts;
  readonly #tip: Tip;
  readonly #closing = new AbortController();
  readonly #pauses: Pauses;
  readonly #ended: Promise<void>;
  #connection = new AbortController();
  #position: number | undefined;
  #failure: unknown = null;
  #wasOvertaken = false;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#pauses = new Pauses(parts, this.#closing.signal);
    this.#tip = new Tip({
      ...parts,
      pollMs: POLL_MS,
      gatherMs: GATHER_MS,
      lookFailed: (error) => parts.observer.failed(error),
    });
    parts.broker.onLost(() => this.#connection.abort());
    this.#ended = this.#run();
  }

  status(): PublishStatus {
    const failure = this.#failure;
    return {
      position: this.#position,
      problem: failure instanceof Error ? failure.message : failure === null ? null : `${failure}`,
      isRefused: failure instanceof PublishingRefusedError,
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#parts.broker.close();
    await this.#ended;
  }

  get #isOpen(): boolean {
    return !this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    const leave = this.#tip.enter();
    while (this.#isOpen) {
      try {
        if (this.#wasOvertaken) await this.#standBy();
        const log = await this.#resume();
        this.#parts.observer.resumed(log.position);
        await this.#publish(log);
      } catch (error) {
        if (this.#isOpen) await this.#fail(error);
      }
    }
    leave();
  }

  async #resume(): Promise<Unpublished> {
    const { broker, store, hash } = this.#parts;
    this.#connection = new AbortController();
    const log = await Unpublished.after(store, hash, await broker.end());
    // Only now is it known to be ours: a stranger's message has a number in the stream, too.
    this.#position = log.position;
    this.#failure = null;
    return log;
  }

  /**
   * Until the stream has to be asked where it ends. The first event goes alone: whoever publishes another log under the
   * same name is then found out before more of it is on the way.
   */
  async #publish(log: Unpublished): Promise<void> {
    let isFirst = true;
    while (this.#isOpen) {
      await this.#pauses.turn();
      const known = this.#tip.position;
      const entries = await log.read(isFirst ? 1 : PAGE_EVENTS);
      if (entries.length === 0) {
        this.#pauses.reset();
        if (await this.#isQuiet(log.position, known)) return;
        continue;
      }
      const { count, wasOvertaken } = await this.#parts.broker.append(entries);
      log.published(entries.slice(0, count));
      this.#position = log.position;
      this.#parts.observer.published(count);
      this.#wasOvertaken = wasOvertaken;
      if (count < entries.length) return;
      isFirst = false;
    }
  }

  /**
   * @param known the end of the log as it was known when nothing was found
   * @returns whether the stream is to be looked at: so much time has passed without news, or the connection is lost
   */
  async #isQuiet(position: number, known: number): Promise<boolean> {
    this.#tip.learn(position);
    const cameMeanwhile = known <= position && this.#tip.position > position;
    if (cameMeanwhile) return false;
    const deadline = this.#parts.stopwatch.elapsed() + BELIEVED_MS;
    const signal = AbortSignal.any([this.#closing.signal, this.#connection.signal]);
    return (await this.#tip.wait(position, deadline, signal)) !== 'news';
  }

  /**
   * Several servers of one node would only get in each other's way. So whoever was overtaken watches, and takes over
   * when what it saw waiting at one look is still not published at the next. A stream that has lost its end is filled up
   * at once.
   */
  async #standBy(): Promise<void> {
    this.#wasOvertaken = false;
    let seen = this.#position ?? 0;
    let waiting = 0;
    for (;;) {
      const { position } = await this.#resume();
      if (!this.#isOpen || position < seen || (position === seen && waiting > seen)) return;
      if (position > seen) this.#parts.observer.stoodBy(position);
      seen = position;
      waiting = (await this.#parts.store.head()).position;
      await this.#pauses.about(STAND_BY_MS);
    }
  }

  async #fail(error: unknown): Promise<void> {
    this.#failure = error;
    this.#parts.observer.failed(error);
    await (error instanceof PublishingRefusedError ? this.#pauses.long() : this.#pauses.longer());
  }
}
