import { invariant } from '../domain/invariant.ts';
import type { Stopwatch } from '../ledger/ports.ts';
import { TURN_POSITIONS, type Turns } from '../ledger/turns.ts';
import type { EventSlice } from '../queries/store.ts';
import type { FeedItem, FollowRequest } from './feed.ts';
import type { Pages } from './pages.ts';
import type { Reader } from './readers.ts';
import type { Tip } from './tip.ts';

export interface FollowParts {
  readonly tip: Tip;
  readonly pages: Pages;
  readonly turns: Turns;
  readonly stopwatch: Stopwatch;
  readonly heartbeatMs: number;
}

/**
 * Hands out the log from the reader's position on. The reader moves from read to read without gaps: each one begins
 * where the last one ended, so nothing can be skipped or come twice, whatever wakes it or fails to.
 */
export async function* follow(
  parts: FollowParts,
  reader: Reader,
  { filter = {}, signal }: Omit<FollowRequest, 'after'>,
): AsyncGenerator<FeedItem, void, void> {
  const { tip, pages, turns, stopwatch } = parts;
  let quietSince = stopwatch.elapsed();
  let takesTurns = true;
  while (!signal.aborted) {
    if (takesTurns) await turns.next();
    const from = reader.position;
    const known = tip.position;
    const slice = await pages.read(from, filter, known);
    advance(reader, slice);
    tip.learn(slice.scanned);
    takesTurns = slice.scanned - from >= TURN_POSITIONS;
    if (slice.events.length > 0) {
      yield* handOut(parts, reader, {
        kind: 'events',
        events: slice.events,
        position: slice.scanned,
      });
      quietSince = stopwatch.elapsed();
      continue;
    }
    if (stopwatch.elapsed() - quietSince >= parts.heartbeatMs) {
      yield* heartbeat(parts, reader);
      quietSince = stopwatch.elapsed();
    }
    const cameMeanwhile = known <= from && tip.position > reader.position;
    if (slice.scanned > from || cameMeanwhile) continue;
    quietSince = yield* waitForNews(parts, reader, quietSince, signal);
  }
}

/** @returns since when the stream has been quiet */
async function* waitForNews(
  parts: FollowParts,
  reader: Reader,
  since: number,
  signal: AbortSignal,
): AsyncGenerator<FeedItem, number, void> {
  const { tip, stopwatch, heartbeatMs } = parts;
  let quietSince = since;
  while ((await tip.wait(reader.position, quietSince + heartbeatMs, signal)) === 'deadline') {
    yield* heartbeat(parts, reader);
    quietSince = stopwatch.elapsed();
    if (tip.position > reader.position) break;
  }
  return quietSince;
}

function advance(reader: Reader, { scanned }: EventSlice): void {
  invariant(scanned >= reader.position, `the log went back from ${reader.position} to ${scanned}`);
  reader.position = scanned;
}

function heartbeat(parts: FollowParts, reader: Reader): Generator<FeedItem, void, void> {
  return handOut(parts, reader, { kind: 'heartbeat', position: reader.position });
}

/** Notes how long the consumer is busy with the item, so that one that has stalled can be seen. */
function* handOut(
  { stopwatch }: FollowParts,
  reader: Reader,
  item: FeedItem,
): Generator<FeedItem, void, void> {
  reader.handedAt = stopwatch.elapsed();
  yield item;
  reader.handedAt = null;
}
