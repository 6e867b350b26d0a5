import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FeedItem, FollowRequest } from '../feed/feed.ts';
import { PositionInFutureError } from '../feed/feed.ts';
import { noteLost } from './accessLog.ts';
import type { AnyReply, AnyRequest } from './fastify.ts';
import type { HttpParts } from './parts.ts';
import { draining, ProblemError } from './problem.ts';
import { refusalFacts } from './refusalProblem.ts';
import { sendProblem } from './sendProblem.ts';
import { eventJson } from './views/event.ts';

/** Open at once, unless set otherwise. */
export const STREAMS_MAX_DEFAULT = 1_000;
/** How long a reader may take nothing of what was sent to it, unless set otherwise. */
const STREAM_STALL_MS_DEFAULT = 30_000;
const STREAM_STATUS = 200;
/** What a client is told to wait before it comes back. */
const RETRY_MS = 2_000;

/** The streams that are open, to bound them and to end them all. */
export class EventStreams {
  readonly #open = new Set<AbortController>();
  readonly #max: number;
  #closing = false;

  constructor(max: number) {
    this.#max = max;
  }

  /** @throws {ProblemError} when there are too many, or the server is closing */
  open(): AbortController {
    if (this.#closing) throw draining('The server is shutting down.');
    if (this.#open.size >= this.#max) {
      const detail = `${this.#max} event streams are open, which is as many as may be.`;
      throw new ProblemError('too_many_streams', detail, {}, { 'retry-after': '5' });
    }
    const controller = new AbortController();
    this.#open.add(controller);
    return controller;
  }

  close(controller: AbortController): void {
    this.#open.delete(controller);
    controller.abort();
  }

  closeAll(): void {
    this.#closing = true;
    for (const controller of this.#open) controller.abort();
  }
}

/**
 * Sends the log from a position on as server-sent events, for as long as the client listens. The next page is read only
 * when the client has taken the last one, so a slow reader costs one page of memory; one that takes nothing at all is
 * cut off.
 */
export async function streamEvents(
  parts: HttpParts,
  streams: EventStreams,
  request: AnyRequest,
  reply: AnyReply,
  from: Omit<FollowRequest, 'signal'>,
): Promise<AnyReply> {
  const refusal = await parts.feed.refusal(from.after);
  if (refusal) return sendProblem(reply, refusalFacts(refusal));
  const controller = streams.open();
  reply.hijack();
  const { raw } = reply;
  raw.on('close', () => {
    controller.abort();
    if (!raw.writableFinished) noteLost(parts, request, reply, STREAM_STATUS);
  });
  const stallMs = parts.settings.streamStallMs ?? STREAM_STALL_MS_DEFAULT;
  try {
    sendHead(raw, request.id);
    for await (const item of parts.feed.follow({ ...from, signal: controller.signal })) {
      if (!raw.write(textOf(item, parts.node))) await drained(raw, controller.signal, stallMs);
    }
    raw.end();
  } catch (error) {
    noteFailure(parts, request, controller.signal, error);
    raw.destroy();
  } finally {
    streams.close(controller);
  }
  return reply;
}

function sendHead(raw: ServerResponse, requestId: string): void {
  raw.writeHead(STREAM_STATUS, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // The stream may be ended by the server at any time, and the connection with it.
    connection: 'close',
    // Asks proxies that collect answers to pass this one on as it comes.
    'x-accel-buffering': 'no',
    'x-request-id': requestId,
  });
  raw.write(`retry: ${RETRY_MS}\n\n`);
}

/** A heartbeat carries an id too, so that a filtered stream that breaks goes on from where it was. */
function textOf(item: FeedItem, node: string): string {
  if (item.kind === 'heartbeat') return `: heartbeat\nid: ${item.position}\n\n`;
  return item.events
    .map((event) => {
      const data = JSON.stringify(eventJson(event, node));
      return `id: ${event.position}\nevent: ${event.type}\ndata: ${data}\n\n`;
    })
    .join('');
}

class StalledReaderError extends Error {
  override readonly name = 'StalledReaderError';
}

/** @throws {StalledReaderError} when the client takes nothing in time; an AbortError when the stream ends */
async function drained(raw: ServerResponse, ended: AbortSignal, stallMs: number): Promise<void> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stallMs);
  try {
    await once(raw, 'drain', { signal: AbortSignal.any([ended, stalled.signal]) });
  } catch (error) {
    if (!stalled.signal.aborted) throw error;
    throw new StalledReaderError(`nothing was taken for ${stallMs} ms`);
  } finally {
    clearTimeout(timer);
  }
}

function noteFailure(
  { logger }: HttpParts,
  { id: requestId }: AnyRequest,
  ended: AbortSignal,
  err: unknown,
): void {
  if (err instanceof StalledReaderError) {
    logger.warn({ requestId, err }, 'an event stream was cut off: its reader has stalled');
  } else if (!ended.aborted && !(err instanceof PositionInFutureError)) {
    logger.error({ requestId, err }, 'an event stream failed');
  }
}
