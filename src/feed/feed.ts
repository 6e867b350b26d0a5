import type { LoggedEvent } from '../domain/events.ts';
import type { RefusalMeaning } from '../domain/refusalMeanings.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Stopwatch, Timers } from '../ledger/ports.ts';
import type { EventFilter, QueryStore } from '../queries/store.ts';
import type { FeedStatus } from './readers.ts';

/** How often the log is looked at for what other processes wrote, while nothing is written here. */
export const POLL_MS_DEFAULT = 200;
/** How long news is collected before waiting readers are woken. */
export const GATHER_MS_DEFAULT = 5;
/** A stream without events says after this time that it is alive. */
export const HEARTBEAT_MS_DEFAULT = 15_000;
/** Events in one item of a stream: all that is kept in memory for a reader, however slow it is (about 100 KB). */
export const STREAM_PAGE_EVENTS_DEFAULT = 100;

/** Events in one page. */
export const FEED_LIMIT_DEFAULT = 100;
export const FEED_LIMIT_MAX = 1_000;

/** What a stream hands out. After a break, go on with `after` set to the last `position` that was handled. */
export type FeedItem =
  | {
      readonly kind: 'events';
      /** Never empty, in order. */
      readonly events: readonly LoggedEvent[];
      readonly position: number;
    }
  /** Nothing new for a while. With a filter, `position` still moves on. */
  | { readonly kind: 'heartbeat'; readonly position: number };

export interface FeedPage {
  /** With a filter there may be fewer than asked for, though there is more. */
  readonly events: readonly LoggedEvent[];
  /** Where to go on: every event up to it is in this page or before, or does not match. */
  readonly position: number;
  /** False when this was the end of the log. */
  readonly more: boolean;
}

/** The log does not reach that far: the reader remembers another log, or a later state of this one. */
export interface FeedRefusal {
  readonly code: 'position_in_future';
  readonly after: number;
  readonly head: number;
}

export const FEED_REFUSALS: { readonly [C in FeedRefusal['code']]: RefusalMeaning } = {
  position_in_future: {
    rule: 'The log can be read only from a position that it has reached.',
    retryable: false,
  },
};

export type FeedPageResult =
  | { readonly ok: true; readonly value: FeedPage }
  | { readonly ok: false; readonly refusal: FeedRefusal };

export interface PageRequest {
  /** Position; 0 for the beginning. */
  readonly after: number;
  /** 1 to `FEED_LIMIT_MAX`. */
  readonly limit?: number;
  readonly filter?: EventFilter;
}

export interface FollowRequest {
  /** Position of the last event that is known already; 0 for the beginning. */
  readonly after: number;
  readonly filter?: EventFilter;
  readonly signal: AbortSignal;
}

/** The log as a stream. Errors are those of the store. */
export interface Feed {
  page(request: PageRequest): Promise<FeedPageResult>;
  /** Why the log cannot be followed from `after`, or undefined when it can. To ask before a stream is promised. */
  refusal(after: number): Promise<FeedRefusal | undefined>;
  /**
   * Every matching event after a position, once and in order, for as long as it is wanted. Nothing is read ahead: the
   * next item is made when it is asked for. Ends when the signal aborts.
   * @throws {PositionInFutureError} before the first item
   */
  follow(request: FollowRequest): AsyncIterable<FeedItem>;
  status(): FeedStatus;
}

/** What the feed tells whoever measures it, besides `status`. Members must be quick and must not throw. */
export interface FeedObserver {
  /** A stream ended because reading failed; its client has to come back. */
  streamFailed(error: unknown): void;
  /** The end of the log could not be looked up; it is tried again. */
  lookFailed(error: unknown): void;
}

export interface FeedSources {
  readonly store: Pick<QueryStore, 'head' | 'events'>;
  /**
   * Where the log is read far from its end; `store` unless given. It may know less of the end than `store`, as long as it
   * brings something new where there is something new.
   */
  readonly history?: Pick<QueryStore, 'events'>;
  readonly ledger: Pick<Ledger, 'onCommit'>;
  /**
   * Calls `listener` when another process says that the log has reached a position; a hint, which may be left out or
   * wrong. Absent where nobody says so.
   */
  readonly onForeignCommit?: (listener: (position: number) => void) => () => void;
  readonly timers: Timers;
  readonly stopwatch: Stopwatch;
  readonly observer?: FeedObserver;
}

export interface FeedSettings {
  readonly pollMs?: number;
  readonly gatherMs?: number;
  readonly heartbeatMs?: number;
  readonly pageEvents?: number;
}

export class PositionInFutureError extends Error {
  override readonly name = 'PositionInFutureError';
  readonly refusal: FeedRefusal;

  constructor(refusal: FeedRefusal) {
    super(`the log ends at ${refusal.head} and cannot be followed from ${refusal.after}`);
    this.refusal = refusal;
  }
}
