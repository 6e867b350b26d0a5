import type { JsonObject } from '../domain/json.ts';
import { type HttpProblemCode, type ProblemCode, problemKind } from './problemCodes.ts';

/** RFC 9457. `instance` is the request id. Further members are data of the problem. */
export interface Problem extends JsonObject {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ProblemCode;
  readonly retryable: boolean;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export interface ProblemFacts {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly data?: JsonObject;
}

export function buildProblem({ code, detail, data }: ProblemFacts, requestId: string): Problem {
  const { status, title, retryable } = problemKind(code);
  return {
    type: `/problems/${code}`,
    title,
    status,
    detail,
    instance: requestId,
    code,
    retryable,
    ...data,
  };
}

/** Whoever asks again, by another connection, may find the next server. */
export function draining(detail: string): ProblemError {
  return new ProblemError('draining', detail, {}, { 'retry-after': '1', connection: 'close' });
}

/** Where in a request a value stands, in the words of OpenAPI. */
export type RequestPart = 'body' | 'query' | 'path' | 'header';

/** One thing that is wrong with a request. `value` is left out when it is missing or not a scalar. */
export interface InputError extends JsonObject {
  readonly in: RequestPart;
  /** RFC 6901, within its part: `/lines/0/sku`, `/limit`, `/Idempotency-Key`. */
  readonly pointer: string;
  /** What it must be, as the end of a sentence. */
  readonly message: string;
}

/** Thrown by routes; the error handler answers it. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly facts: ProblemFacts;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: HttpProblemCode,
    detail: string,
    data: JsonObject = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.facts = { code, detail, data };
    this.headers = headers;
  }
}

/** @param value the bad value itself; only a scalar is quoted, and not more of it than `VALUE_LENGTH_MAX` */
export function inputError(
  part: RequestPart,
  pointer: string,
  message: string,
  value?: unknown,
): InputError {
  const quoted = quoteValue(value);
  return quoted === undefined
    ? { in: part, pointer, message }
    : { in: part, pointer, value: quoted, message };
}

export function invalidRequest(errors: readonly InputError[]): ProblemError {
  const [first] = errors;
  const where = first === undefined ? 'the request' : placeOf(first);
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new ProblemError('invalid_request', `${where} ${first?.message ?? 'is invalid'}${more}`, {
    errors,
  });
}

function placeOf({ in: part, pointer }: InputError): string {
  return pointer === '' ? `the ${part}` : `${part} ${pointer}`;
}

/** UTF-16 units of a bad value that an answer repeats. */
const VALUE_LENGTH_MAX = 100;

function quoteValue(value: unknown): string | number | boolean | null | undefined {
  switch (typeof value) {
    case 'string':
      return shorten(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    default:
      return value === null ? null : undefined;
  }
}

function shorten(text: string): string {
  const short = text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text;
  return short.toWellFormed();
}

/** One step of an RFC 6901 pointer. */
export function pointerStep(name: string | number): string {
  return `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
