import {
  AnswerTooLargeError,
  DrainingError,
  LedgerFrozenError,
  OutcomeUnknownError,
  OverloadedError,
  StoreConflictError,
  StoreRejectedError,
  StoreUnavailableError,
} from '../ledger/errors.ts';
import { AbandonedError } from '../ledger/ledger.ts';
import { noteLost } from './accessLog.ts';
import type { AnyReply, AnyRequest } from './fastify.ts';
import type { HttpParts } from './parts.ts';
import { draining, ProblemError } from './problem.ts';
import type { HttpProblemCode } from './problemCodes.ts';
import { sendProblem } from './sendProblem.ts';
import { isDeaf } from './submit.ts';

/** What Fastify throws, by its code. */
const FRAMEWORK_PROBLEMS: Readonly<Record<string, readonly [HttpProblemCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large', 'The body is larger than this route takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'Send the body as JSON, with Content-Type application/json.',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'malformed_http',
    'The body is not as long as Content-Length says.',
  ],
  FST_ERR_BAD_URL: ['malformed_http', 'The path is not well-formed percent-encoding of UTF-8.'],
};

/** Status of a request whose client did not wait for the answer; seen in logs only. */
const CLIENT_GONE = 499;

/** The one place that answers exceptions. What is not foreseen is logged whole and answered opaque. */
export function createErrorHandler(
  parts: Pick<HttpParts, 'logger' | 'metrics' | 'settings'>,
): (error: unknown, request: AnyRequest, reply: AnyReply) => void {
  return (error, request, reply) => {
    if (error instanceof AbandonedError || isBrokenOff(error, request)) {
      if (isDeaf(request.raw.socket)) noteLost(parts, request, reply, CLIENT_GONE);
      reply.code(CLIENT_GONE).send();
      return;
    }
    const problem = foreseen(error);
    if (problem === undefined || problem.facts.code === 'data_rejected') {
      parts.logger.error({ requestId: request.id, err: error }, 'a request failed');
    }
    const answer = problem ?? new ProblemError('internal_error', 'The server made a mistake.');
    if (answer.facts.code === 'body_too_large') takeRest(reply);
    sendProblem(reply.headers(answer.headers), answer.facts);
  };
}

/**
 * Fastify would close the connection, and a client that still sends would see that instead of the answer. Left open, Node
 * reads what is left of the body and drops it, for as long as any request may take to arrive.
 */
function takeRest(reply: AnyReply): void {
  reply.removeHeader('connection');
}

/** The client has gone, or went on with something else, before it had sent the whole body. */
function isBrokenOff(error: unknown, { raw }: AnyRequest): boolean {
  return raw.errored !== null && error === raw.errored;
}

/** The problem that an error stands for; undefined for a defect of ours. */
function foreseen(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error;
  return ofLedger(error) ?? ofFramework(error);
}

function ofLedger(error: unknown): ProblemError | undefined {
  if (error instanceof OverloadedError) return overloaded(error);
  if (error instanceof DrainingError) {
    return draining('The server is shutting down; nothing was done.');
  }
  if (error instanceof StoreUnavailableError || error instanceof StoreConflictError) {
    const detail = 'The database could not take the request; nothing was done.';
    return new ProblemError('unavailable', detail, {}, { 'retry-after': '1' });
  }
  if (error instanceof LedgerFrozenError) {
    return new ProblemError('ledger_frozen', `Nothing was done: ${error.message}.`);
  }
  if (error instanceof OutcomeUnknownError) {
    const detail =
      'Whether the request was done is not known; repeat it with the same Idempotency-Key.';
    return new ProblemError('outcome_unknown', detail, {}, { 'retry-after': '1' });
  }
  if (error instanceof AnswerTooLargeError) {
    const detail = `The answer would hold more than ${error.linesMax} lines; nothing was done.`;
    return new ProblemError('answer_too_large', detail, { linesMax: error.linesMax });
  }
  if (error instanceof StoreRejectedError) {
    return new ProblemError('data_rejected', 'The database refuses the data; nothing was done.');
  }
  return undefined;
}

function overloaded({ retryAfterMs }: OverloadedError): ProblemError {
  const detail = 'More is being asked than can be decided in good time; nothing was done.';
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  return new ProblemError('overloaded', detail, { retryAfterMs }, { 'retry-after': `${seconds}` });
}

function ofFramework(error: unknown): ProblemError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [problem, detail] = FRAMEWORK_PROBLEMS[code] ?? [];
  return problem === undefined || detail === undefined
    ? undefined
    : new ProblemError(problem, detail);
}
