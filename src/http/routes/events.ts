import { type Static, Type } from 'typebox';
import type { LoggedEvent } from '../../domain/events.ts';
import type { EventFilter } from '../../queries/store.ts';
import { type EventStreams, streamEvents } from '../eventStream.ts';
import type { AnyRequest, App } from '../fastify.ts';
import { reading } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { inputError, invalidRequest } from '../problem.ts';
import { refusalFacts } from '../refusalProblem.ts';
import { CLOSED, LocationName, NextCursor, PAGING, ref, Sku } from '../schemas/common.ts';
import { Event, EventType } from '../schemas/event.ts';
import { EVENT_EXAMPLE } from '../schemas/examples.ts';
import { sendProblem } from '../sendProblem.ts';
import { eventJson } from '../views/event.ts';

const Position = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const EventQuery = Type.Object(
  {
    after: Type.Optional({
      ...Position,
      description: 'Position of the last event that is known already; 0 for the beginning',
    }),
    cursor: Type.Optional({ ...Position, description: '`nextCursor` of the page before' }),
    limit: PAGING.limit,
    sku: Type.Optional(Sku),
    location: Type.Optional(LocationName),
    type: Type.Optional(Type.Array(EventType, { minItems: 1, maxItems: 50 })),
  },
  CLOSED,
);
type EventQueryParameters = Static<typeof EventQuery>;

const EventPage = Type.Object({
  data: Type.Array(ref(Event)),
  nextCursor: NextCursor,
  position: Type.Integer({
    description:
      'Where to go on at the end of the log: every event up to it is in this page or before, or does not match',
  }),
});

const LIST = {
  ...reading({
    tag: 'Events',
    operationId: 'listEvents',
    summary: 'The log from a position on, as pages or live',
    description:
      'Everything that ever happened, once and in order. With `Accept: text/event-stream` the answer is a stream of server-sent events that goes on with what is to come; it is taken up again with `Last-Event-ID`, which browsers send by themselves.',
    answers: {
      200: {
        description: 'One page, or the stream',
        schema: EventPage,
        example: { data: [EVENT_EXAMPLE], nextCursor: null, position: 42 },
      },
    },
    problems: ['position_in_future', 'too_many_streams', 'draining'],
  }),
  querystring: EventQuery,
};

export function eventRoutes(app: App, parts: HttpParts, streams: EventStreams): void {
  const { feed, node } = parts;
  const view = (event: LoggedEvent) => eventJson(event, node);
  app.get('/v1/events', { schema: LIST }, async (request, reply) => {
    const after = startOf(request, request.query);
    const filter = filterOf(request.query);
    if (wantsStream(request))
      return streamEvents(parts, streams, request, reply, { after, filter });
    const { limit } = request.query;
    const result = await feed.page({ after, filter, ...(limit !== undefined && { limit }) });
    if (!result.ok) return sendProblem(reply, refusalFacts(result.refusal));
    const { events, position, more } = result.value;
    return reply.send({
      data: events.map(view),
      nextCursor: more ? String(position) : null,
      position,
    });
  });
}

function filterOf({ sku, location, type }: EventQueryParameters): EventFilter {
  return {
    ...(sku !== undefined && { sku }),
    ...(location !== undefined && { location }),
    ...(type !== undefined && { types: type }),
  };
}

/** A stream is asked for by name; who takes JSON as well gets a page. HEAD is never answered with a stream. */
function wantsStream({ method, headers: { accept = '' } }: AnyRequest): boolean {
  return (
    method === 'GET' && accept.includes('text/event-stream') && !accept.includes('application/json')
  );
}

/** What a client remembers of a broken stream comes before what its address says. */
function startOf(request: AnyRequest, { after, cursor }: EventQueryParameters): number {
  const lastId = request.headers['last-event-id'];
  if (lastId !== undefined && lastId !== '') return positionOf(String(lastId));
  if (after !== undefined && cursor !== undefined) {
    throw invalidRequest([
      inputError('query', '/cursor', 'and `after` must not both be given', cursor),
    ]);
  }
  return after ?? cursor ?? 0;
}

function positionOf(text: string): number {
  const position = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(position)) return position;
  throw invalidRequest([inputError('header', '/Last-Event-ID', 'must be a position', text)]);
}
