import type { AnyReply } from './fastify.ts';
import { buildProblem, PROBLEM_MEDIA_TYPE, type ProblemFacts } from './problem.ts';
import { problemKind } from './problemCodes.ts';

/** Answers with a problem. `status` differs from that of the code only where an atomic batch was refused. */
export function sendProblem(
  reply: AnyReply,
  facts: ProblemFacts,
  status = problemKind(facts.code).status,
): AnyReply {
  const problem = { ...buildProblem(facts, reply.request.id), status };
  return reply.code(status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
}
