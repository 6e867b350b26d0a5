import { type TSchema, Type } from 'typebox';
import type { CommandType } from '../domain/commands.ts';
import { REFUSAL_PRECEDENCE } from '../domain/refusalPrecedence.ts';
import { LISTS_AGE_MS_MAX } from '../queries/store.ts';
import { PROBLEM_MEDIA_TYPE } from './problem.ts';
import { type ProblemCode, problemKind } from './problemCodes.ts';

/** An answer that is not a problem. */
export interface Success {
  readonly description: string;
  readonly schema: TSchema;
  readonly example?: unknown;
}

export interface OperationText {
  /** Shelf in the documentation. */
  readonly tag: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly answers: { readonly [status: number]: Success };
  /** Problems besides those that every route can answer. */
  readonly problems?: readonly ProblemCode[];
}

const MAY_BE_OLD = `Where the server has a read replica (\`HOLDFAST_READ_DATABASE\`), a list may be up to ${LISTS_AGE_MS_MAX / 1_000} seconds old; what is asked for by its own address, and everything \`asOf\`, is exact. So one's own writes are seen for certain at the address of the one thing that was written.`;

/** Problems of every route but health. */
const COMMON: readonly ProblemCode[] = [
  'invalid_request',
  'malformed_http',
  'unauthorized',
  'forbidden_host',
  'internal_error',
];

/** Problems of every route that takes a body. */
const OF_BODIES: readonly ProblemCode[] = [
  'invalid_json',
  'body_too_large',
  'unsupported_media_type',
];

/** Problems of every route that puts something to the ledger. */
const OF_COMMANDS: readonly ProblemCode[] = [
  'idempotency_key_reused',
  'data_rejected',
  'overloaded',
  'unavailable',
  'ledger_frozen',
  'outcome_unknown',
  'draining',
];

/** Documentation and answers of a route that reads. */
export function reading(text: OperationText) {
  return described(text, [...COMMON, ...(text.problems ?? []), 'unavailable']);
}

/** The same of a route that reads a list which may come from a replica. */
export function readingList(text: OperationText) {
  return reading({ ...text, description: `${text.description} ${MAY_BE_OLD}` });
}

/** Documentation and answers of a route that puts commands of these types to the ledger. */
export function writing(text: OperationText, commands: readonly CommandType[], hasBody = true) {
  const refusals = new Set<ProblemCode>(commands.flatMap((type) => [...REFUSAL_PRECEDENCE[type]]));
  const problems = [...COMMON, ...(hasBody ? OF_BODIES : []), ...OF_COMMANDS];
  return described(text, [...problems, ...(text.problems ?? []), ...refusals]);
}

function described(text: OperationText, codes: readonly ProblemCode[]) {
  const { tag, operationId, summary, description, answers } = text;
  const response: { [status: string]: unknown } = {};
  for (const [status, answer] of Object.entries(answers)) response[status] = successOf(answer);
  return {
    tags: [tag],
    operationId,
    summary,
    description,
    response: { ...response, ...problemAnswers(codes) },
  };
}

/** The answers with problems of these codes, by status. */
export function problemAnswers(codes: readonly ProblemCode[]): {
  readonly [status: string]: unknown;
} {
  return Object.fromEntries(
    [...byStatus(codes)].map(([status, some]) => [status, problemAnswer(some)]),
  );
}

/** The example goes with the schema: a `content` per media type would make Fastify parse that of every answer. */
function successOf({ description, schema, example }: Success): unknown {
  return { ...schema, description, ...(example !== undefined && { examples: [example] }) };
}

function byStatus(codes: readonly ProblemCode[]): Map<number, ProblemCode[]> {
  const grouped = new Map<number, ProblemCode[]>();
  for (const code of new Set(codes)) {
    const { status } = problemKind(code);
    grouped.set(status, [...(grouped.get(status) ?? []), code]);
  }
  return new Map([...grouped].sort(([a], [b]) => a - b));
}

function problemAnswer(codes: readonly ProblemCode[]): unknown {
  return {
    description: codes.map((code) => `- \`${code}\`: ${problemKind(code).meaning}`).join('\n'),
    content: { [PROBLEM_MEDIA_TYPE]: { schema: Type.Unsafe({ $ref: 'Problem#' }) } },
  };
}
