import type { Socket } from 'node:net';
import type { Command } from '../domain/commands.ts';
import type { Refusal } from '../domain/refusals.ts';
import {
  AbandonedError,
  type Abandonment,
  type Answer,
  type Item,
  type ItemAnswer,
  type Work,
} from '../ledger/ledger.ts';
import type { Outcome } from '../ledger/outcome.ts';
import { bodyOf, KEY_REUSED, placeOf, statusOf } from './answers.ts';
import type { AnyReply, AnyRequest } from './fastify.ts';
import { claimedKey } from './idempotency.ts';
import type { HttpParts } from './parts.ts';
import { refusalFacts } from './refusalProblem.ts';
import { sendProblem } from './sendProblem.ts';

type WriteParts = Pick<HttpParts, 'ledger' | 'metrics' | 'node'>;

/** Puts one command to the ledger and answers with what came of it. Errors go to the error handler. */
export async function submitCommand(
  parts: WriteParts,
  request: AnyRequest,
  reply: AnyReply,
  command: Command,
): Promise<AnyReply> {
  const answer = await submitWork(parts, request, reply, [{ command }]);
  if (answer.kind === 'keyReused') return sendProblem(reply, KEY_REUSED);
  if (answer.kind === 'refused') return sendProblem(reply, refusalFacts(answer.refusal));
  const [item] = answer.items;
  if (item === undefined) throw new Error('the ledger answered a command with nothing');
  noteOutcome(parts, item);
  return sendOutcome(parts, reply, item.outcome);
}

/**
 * Puts the work of a request to the ledger.
 * @throws {AbandonedError} when nobody is left to hear the answer, whether or not it was decided
 */
export async function submitWork(
  { ledger }: Pick<HttpParts, 'ledger'>,
  request: AnyRequest,
  reply: AnyReply,
  items: readonly Item[],
  atomic = false,
): Promise<Answer> {
  const answer = await ledger.submit(workOf(request, items, atomic));
  if (isDeaf(request.raw.socket)) throw new AbandonedError();
  if (answer.kind !== 'keyReused' && answer.replayed) {
    reply.header('idempotency-replayed', 'true');
  }
  return answer;
}

/** The work of a request: who asks, what, and under which idempotency key. */
function workOf(request: AnyRequest, items: readonly Item[], atomic: boolean): Work {
  const { actor, id: requestId } = request;
  const signal = new Caller(request.raw.socket);
  const key = claimedKey(request);
  return key === undefined
    ? { actor, requestId, items, atomic, signal }
    : { actor, requestId, items, atomic, signal, key };
}

/** Whether the client can hear no answer any more: it has gone, or we have ended the connection. */
export function isDeaf({ destroyed, writableEnded }: Socket): boolean {
  return destroyed || writableEnded;
}

/** Whether the client is still there to hear the answer. Costs less than an AbortController per request. */
class Caller implements Abandonment {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get aborted(): boolean {
    return isDeaf(this.#socket);
  }
}

/** Counts what came of a command, once: not when the answer is repeated. */
export function noteOutcome(
  { metrics }: Pick<HttpParts, 'metrics'>,
  { outcome, replayed }: ItemAnswer,
): void {
  if (replayed) return;
  if (outcome.kind === 'refused') noteRefusal(metrics, outcome.refusal);
  if (outcome.kind === 'movement' && outcome.event.details?.shortfall !== undefined) {
    metrics.shortfall();
  }
}

export function noteRefusal(metrics: HttpParts['metrics'], refusal: Refusal): void {
  metrics.refused(refusal.code);
  if (refusal.code !== 'insufficient_stock') return;
  if (refusal.shortages.some(({ elsewhere }) => elsewhere !== undefined)) metrics.falseSoldOut();
}

function sendOutcome({ node }: WriteParts, reply: AnyReply, outcome: Outcome): AnyReply {
  if (outcome.kind === 'refused') return sendProblem(reply, refusalFacts(outcome.refusal));
  if (outcome.kind === 'keyReused') return sendProblem(reply, KEY_REUSED);
  const place = placeOf(outcome);
  if (place !== undefined) reply.header('location', place);
  return reply.code(statusOf(outcome)).send(bodyOf(outcome, node));
}
