import { Type } from 'typebox';
import { REFERENCE_CODE_POINTS_MAX } from '../../domain/limits.ts';
import type { Reservation as ReservationRow } from '../../domain/reservation.ts';
import { toReserve } from '../commands/reservation.ts';
import type { App } from '../fastify.ts';
import { reading, readingList, writing } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { toReservationId } from '../reservationIds.ts';
import { CLOSED, listOf, NoQuery, PAGING, ref } from '../schemas/common.ts';
import { RESERVATION_EXAMPLE } from '../schemas/examples.ts';
import { NewReservation, Reservation, ReservationStatus } from '../schemas/reservation.ts';
import { sendResult } from '../sendResult.ts';
import { submitCommand } from '../submit.ts';
import { pageJson } from '../views/page.ts';
import { reservationJson } from '../views/reservation.ts';
import { ByReservation } from './parameters.ts';

const tag = 'Reservations';

const ReservationQuery = Type.Object(
  {
    status: Type.Optional(ReservationStatus),
    reference: Type.Optional(Type.String({ format: 'text', maxLength: REFERENCE_CODE_POINTS_MAX })),
    ...PAGING,
  },
  CLOSED,
);

const POST = {
  ...writing(
    {
      tag,
      operationId: 'postReservation',
      summary: 'Hold stock for a buyer',
      description:
        'All lines or none; lines of one level are added up. A line has either a `location`, or says where it may come `from`: then `sourcing` says how places are chosen, and the `lines` of the answer say where each part lies. The hold ends by itself after `ttlSeconds`. A known `id` with the same content from the same actor answers 200 with the reservation as it stands.',
      answers: {
        200: {
          description: 'The reservation of this id was made before',
          schema: ref(Reservation),
        },
        201: { description: 'Held', schema: ref(Reservation) },
      },
    },
    ['reserve'],
  ),
  querystring: NoQuery,
  body: ref(NewReservation),
};

const GET = {
  ...reading({
    tag,
    operationId: 'getReservation',
    summary: 'One reservation',
    description:
      'A reservation as it stands. One that was made at another node (`node`) is as the log of that node says so far, and where that log comes here in part, has the lines that concern this node.',
    answers: {
      200: { description: 'The reservation', schema: ref(Reservation) },
    },
    problems: ['reservation_not_found'],
  }),
  params: ByReservation,
  querystring: NoQuery,
};

const LIST = {
  ...readingList({
    tag,
    operationId: 'listReservations',
    summary: 'Reservations, by id',
    description:
      'Those that were made here, and what is handed over here of those that other nodes have made. Page by page; with `status` those that end first come first.',
    answers: {
      200: {
        description: 'One page',
        schema: listOf(ref(Reservation)),
        example: { data: [RESERVATION_EXAMPLE], nextCursor: null },
      },
    },
    problems: ['invalid_cursor'],
  }),
  querystring: ReservationQuery,
};

export function reservationRoutes(app: App, parts: HttpParts): void {
  const { queries, newId, node } = parts;
  const view = (reservation: ReservationRow) => reservationJson(reservation, node);

  app.post('/v1/reservations', { schema: POST }, (request, reply) =>
    submitCommand(parts, request, reply, toReserve(request.body, newId)),
  );

  app.get('/v1/reservations/:id', { schema: GET }, async (request, reply) => {
    const result = await queries.reservation(toReservationId(request.params.id));
    return sendResult(reply, result, view);
  });

  app.get(
    '/v1/reservations',
    { schema: LIST },
    async ({ query: { status, reference, ...paging } }, reply) => {
      const filter = {
        ...(status !== undefined && { status }),
        ...(reference !== undefined && { reference }),
      };
      const result = await queries.reservations(filter, paging);
      return sendResult(reply, result, (page) => pageJson(page, view));
    },
  );
}
