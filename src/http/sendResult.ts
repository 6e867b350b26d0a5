import type { QueryResult } from '../queries/refusals.ts';
import type { AnyReply } from './fastify.ts';
import { refusalFacts } from './refusalProblem.ts';
import { sendProblem } from './sendProblem.ts';

/** Answers a question: with what was found, as `view` shows it, or with the problem. */
export function sendResult<T>(
  reply: AnyReply,
  result: QueryResult<T>,
  view: (value: T) => unknown,
): AnyReply {
  return result.ok
    ? reply.send(view(result.value))
    : sendProblem(reply, refusalFacts(result.refusal));
}
