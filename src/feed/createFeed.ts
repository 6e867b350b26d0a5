import type { LoggedEvent } from '../domain/events.ts';
import { invariant } from '../domain/invariant.ts';
import { Turns } from '../ledger/turns.ts';
import type { QueryStore } from '../queries/store.ts';
import {
  FEED_LIMIT_DEFAULT,
  FEED_LIMIT_MAX,
  type Feed,
  type FeedItem,
  type FeedPageResult,
  type FeedRefusal,
  type FeedSettings,
  type FeedSources,
  type FollowRequest,
  GATHER_MS_DEFAULT,
  HEARTBEAT_MS_DEFAULT,
  type PageRequest,
  POLL_MS_DEFAULT,
  PositionInFutureError,
  STREAM_PAGE_EVENTS_DEFAULT,
} from './feed.ts';
import { type FollowParts, follow } from './follow.ts';
import { Pages } from './pages.ts';
import { Readers } from './readers.ts';
import { Tip } from './tip.ts';

/** A filter that hits seldom makes a page look through much of the log; then the page ends before it is full. */
const PAGE_READS_MAX = 10;

/** Holds no timer and no subscription while no stream is open, so there is nothing to close. */
export function createFeed(sources: FeedSources, settings: FeedSettings = {}): Feed {
  const { store, history = store, observer, stopwatch } = sources;
  const tip = new Tip({
    ...sources,
    pollMs: settings.pollMs ?? POLL_MS_DEFAULT,
    gatherMs: settings.gatherMs ?? GATHER_MS_DEFAULT,
    lookFailed: (error) => observer?.lookFailed(error),
  });
  const readers = new Readers(stopwatch);
  const parts: FollowParts = {
    tip,
    pages: new Pages(store, history, settings.pageEvents ?? STREAM_PAGE_EVENTS_DEFAULT),
    turns: new Turns(sources.timers),
    stopwatch,
    heartbeatMs: settings.heartbeatMs ?? HEARTBEAT_MS_DEFAULT,
  };
  const failed = (error: unknown) => observer?.streamFailed(error);
  return {
    page: (request) => readPage(store, history, request),
    refusal: (after) => refusalOf(tip, after),
    follow: (request) => stream(parts, readers, request, failed),
    status: () => readers.status(tip.position),
  };
}

async function readPage(
  store: Pick<QueryStore, 'head'>,
  history: Pick<QueryStore, 'events'>,
  { after, limit = FEED_LIMIT_DEFAULT, filter }: PageRequest,
): Promise<FeedPageResult> {
  invariant(limit >= 1 && limit <= FEED_LIMIT_MAX, `a page of ${limit} events`);
  const head = (await store.head()).position;
  if (after > head) return { ok: false, refusal: { code: 'position_in_future', after, head } };
  const events: LoggedEvent[] = [];
  let position = after;
  for (let reads = 0; reads < PAGE_READS_MAX; reads++) {
    const page = { ...filter, after: position, limit: limit - events.length };
    const slice = await history.events(page);
    events.push(...slice.events);
    position = slice.scanned;
    if (events.length === limit || position >= head) break;
  }
  return { ok: true, value: { events, position, more: position < head } };
}

async function refusalOf(tip: Tip, after: number): Promise<FeedRefusal | undefined> {
  if (after > tip.position) await tip.refresh();
  const head = tip.position;
  return after > head ? { code: 'position_in_future', after, head } : undefined;
}

/** Opens the stream when its first item is asked for, and closes it however it ends. */
async function* stream(
  parts: FollowParts,
  readers: Readers,
  request: FollowRequest,
  failed: (error: unknown) => void,
): AsyncGenerator<FeedItem, void, void> {
  const reader = readers.open(request.after);
  const leave = parts.tip.enter();
  try {
    const refusal = await refusalOf(parts.tip, request.after);
    if (refusal) throw new PositionInFutureError(refusal);
    yield* follow(parts, reader, request);
  } catch (error) {
    if (!(error instanceof PositionInFutureError)) failed(error);
    throw error;
  } finally {
    readers.close(reader);
    leave();
  }
}
