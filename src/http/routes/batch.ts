import { MOVEMENT_COMMANDS } from '../../domain/commands.ts';
import { anyBodyOf, KEY_REUSED, statusOf } from '../answers.ts';
import { toItem } from '../commands/batch.ts';
import type { AnyReply, AnyRequest, App } from '../fastify.ts';
import { writing } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { refusalFacts } from '../refusalProblem.ts';
import { Batch, type BatchBody, BatchOutcomes } from '../schemas/batch.ts';
import { NoQuery, ref } from '../schemas/common.ts';
import { sendProblem } from '../sendProblem.ts';
import { noteOutcome, noteRefusal, submitWork } from '../submit.ts';

const BATCH_BODY_BYTES_MAX = 8 * 1024 * 1024;

/** An atomic batch that was refused did nothing, whatever kind of refusal it was. */
const ATOMIC_REFUSED = 409;

const POST = {
  ...writing(
    {
      tag: 'Batch',
      operationId: 'postBatch',
      summary: 'Many commands in one commit',
      description:
        'Up to 5,000; each sees what those before it did. Without `atomic` every command has an outcome of its own. With it one refused command undoes all: the answer is then 409 with that refusal and the `index` of its command, and nothing was done.',
      answers: {
        200: { description: 'What came of each command, in order', schema: ref(BatchOutcomes) },
      },
      problems: ['answer_too_large'],
    },
    [...MOVEMENT_COMMANDS, 'reserve', 'confirm', 'cancel', 'extend', 'fulfil'],
  ),
  querystring: NoQuery,
  body: ref(Batch),
};

export function batchRoutes(app: App, parts: HttpParts): void {
  app.post(
    '/v1/batch',
    {
      bodyLimit: BATCH_BODY_BYTES_MAX,
      schema: POST,
    },
    (request, reply) => submitBatch(parts, request, reply, request.body),
  );
}

async function submitBatch(
  parts: HttpParts,
  request: AnyRequest,
  reply: AnyReply,
  { commands, atomic = false }: BatchBody,
): Promise<AnyReply> {
  const items = commands.map((command, index) =>
    toItem(command, parts.newId, `/commands/${index}`),
  );
  const answer = await submitWork(parts, request, reply, items, atomic);
  if (answer.kind === 'keyReused') return sendProblem(reply, keyReused(answer.index));
  if (answer.kind === 'refused') {
    const { code, detail, data } = refusalFacts(answer.refusal);
    if (!answer.replayed) noteRefusal(parts.metrics, answer.refusal);
    return sendProblem(
      reply,
      { code, detail, data: { ...data, index: answer.index } },
      ATOMIC_REFUSED,
    );
  }
  const outcomes = answer.items.map((item) => {
    noteOutcome(parts, item);
    const body = anyBodyOf(item.outcome, parts.node, request.id);
    // Where the whole batch is repeated, the header says so, and the body is the one of the first time.
    const replayed = item.replayed && !answer.replayed;
    return { status: statusOf(item.outcome), body, ...(replayed && { replayed }) };
  });
  return reply.send({ outcomes });
}

function keyReused(index: number | null) {
  return index === null ? KEY_REUSED : { ...KEY_REUSED, data: { index } };
}
