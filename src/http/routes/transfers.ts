import { Type } from 'typebox';
import type { CommandType } from '../../domain/commands.ts';
import { toCancelTransfer, toDispatch, toReceiveTransfer } from '../commands/transfer.ts';
import type { App } from '../fastify.ts';
import { reading, readingList, writing } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { CLOSED, listOf, NoQuery, PAGING, ref } from '../schemas/common.ts';
import { TRANSFER_EXAMPLE } from '../schemas/examples.ts';
import {
  NewTransfer,
  Receipt,
  Transfer,
  TransferCancellation,
  TransferStatus,
} from '../schemas/transfer.ts';
import { sendResult } from '../sendResult.ts';
import { submitCommand } from '../submit.ts';
import { pageJson } from '../views/page.ts';
import { transferJson } from '../views/transfer.ts';
import { ById, emptyBodyAllowed } from './parameters.ts';

const tag = 'Transfers';

const TransferQuery = Type.Object({ status: Type.Optional(TransferStatus), ...PAGING }, CLOSED);

const SEND = sending(
  'dispatch',
  201,
  'postTransfer',
  'Send goods from one location to another',
  'All lines or none. They are in transit, and can be promised nowhere, until they are received. Goods are sent by the node that has them in hand, to any location; the node that receives them hears of it. A known `id` with the same content answers 200 with the transfer as it stands.',
);
const RECEIVE = sending(
  'receiveTransfer',
  200,
  'receiveTransfer',
  'Receive goods that were sent',
  'Wholly, or in part by `lines`, whose quantities are totals so far. With a `reason` the transfer is closed, and what differs from what was sent is booked as a discrepancy. A node with links takes in goods of a transfer that it has not heard of, where `to` and `lines` say what arrived: the transfer is `unmatched` until the dispatch is known. A reason closes such a one only without `lines`.',
);
const CANCEL = sending(
  'cancelTransfer',
  200,
  'cancelTransfer',
  'Take goods back that are under way',
  'What was not received goes back to where it came from, once: at the node that has the goods there in hand. If the other end has received it meanwhile, what both claim shows as `excess`, and is settled by a receipt with a reason.',
);

export function transferRoutes(app: App, parts: HttpParts): void {
  app.post('/v1/transfers', { schema: { ...SEND, body: ref(NewTransfer) } }, (request, reply) =>
    submitCommand(parts, request, reply, toDispatch(request.body, parts.newId)),
  );
  app.post(
    '/v1/transfers/:id/receive',
    {
      preValidation: emptyBodyAllowed,
      schema: { ...RECEIVE, params: ById, body: ref(Receipt) },
    },
    (request, reply) =>
      submitCommand(parts, request, reply, toReceiveTransfer(request.params.id, request.body)),
  );
  app.post(
    '/v1/transfers/:id/cancel',
    {
      preValidation: emptyBodyAllowed,
      schema: { ...CANCEL, params: ById, body: ref(TransferCancellation) },
    },
    (request, reply) =>
      submitCommand(parts, request, reply, toCancelTransfer(request.params.id, request.body)),
  );
  readingRoutes(app, parts);
}

const GET = {
  ...reading({
    tag,
    operationId: 'getTransfer',
    summary: 'One transfer',
    description: 'A transfer as it stands.',
    answers: { 200: { description: 'The transfer', schema: ref(Transfer) } },
    problems: ['transfer_not_found'],
  }),
  params: ById,
  querystring: NoQuery,
};

const LIST = {
  ...readingList({
    tag,
    operationId: 'listTransfers',
    summary: 'Transfers, by id',
    description: 'Page by page.',
    answers: {
      200: {
        description: 'One page',
        schema: listOf(ref(Transfer)),
        example: { data: [TRANSFER_EXAMPLE], nextCursor: null },
      },
    },
    problems: ['invalid_cursor'],
  }),
  querystring: TransferQuery,
};

function readingRoutes(app: App, { queries }: HttpParts): void {
  app.get('/v1/transfers/:id', { schema: GET }, async (request, reply) => {
    const result = await queries.transfer(request.params.id.toLowerCase());
    return sendResult(reply, result, transferJson);
  });

  app.get('/v1/transfers', { schema: LIST }, async ({ query: { status, ...paging } }, reply) => {
    const result = await queries.transfers(status === undefined ? {} : { status }, paging);
    return sendResult(reply, result, (found) => pageJson(found, transferJson));
  });
}

function sending(
  command: CommandType,
  status: 200 | 201,
  operationId: string,
  summary: string,
  description: string,
) {
  const answer = {
    description: status === 201 ? 'Sent' : 'The transfer as it stands now',
    schema: ref(Transfer),
  };
  const known = { description: 'The transfer of this id was made before', schema: ref(Transfer) };
  const answers = status === 201 ? { 200: known, 201: answer } : { 200: answer };
  const text = { tag, operationId, summary, description, answers };
  return { ...writing(text, [command]), querystring: NoQuery };
}
