import { invariant } from '../domain/invariant.ts';
import { REFUSALS, type RefusalMeaning } from '../domain/refusalMeanings.ts';
import type { Refusal } from '../domain/refusals.ts';
import { FEED_REFUSALS, type FeedRefusal } from '../feed/feed.ts';
import { QUERY_REFUSALS, type QueryRefusal } from '../queries/refusals.ts';

export interface ProblemKind {
  readonly status: number;
  /** What is wrong and what to do about it, without data. */
  readonly meaning: string;
  /** Whether the same request, sent again later, may succeed. */
  readonly retryable: boolean;
}

/** Problems that are not refusals by the rules. */
const HTTP_PROBLEMS = {
  invalid_json: {
    status: 400,
    meaning: 'The body is not JSON in UTF-8.',
    retryable: false,
  },
  invalid_request: {
    status: 400,
    meaning:
      'A value is missing, unknown or not allowed. `errors` says for each where it is (`in` and `pointer`), what it was, and what it must be.',
    retryable: false,
  },
  malformed_http: {
    status: 400,
    meaning:
      'The request is not well-formed HTTP, or its path or query is not well-formed percent-encoding.',
    retryable: false,
  },
  unauthorized: {
    status: 401,
    meaning: 'This server wants an API key, as `Authorization: Bearer <key>`.',
    retryable: false,
  },
  forbidden_host: {
    status: 403,
    meaning:
      'A server without API keys answers only to loopback names in the Host header (`localhost`, `127.0.0.1` and every other `127.x.x.x`, `[::1]`), so that no web page can reach it under a name of its own.',
    retryable: false,
  },
  route_not_found: {
    status: 404,
    meaning: 'There is no such path. The routes are listed at `/openapi.json` and `/docs`.',
    retryable: false,
  },
  method_not_allowed: {
    status: 405,
    meaning: 'The path exists, but not with this method. `Allow` lists those that it has.',
    retryable: false,
  },
  request_timeout: {
    status: 408,
    meaning: 'The request did not arrive in full in time.',
    retryable: true,
  },
  body_too_large: {
    status: 413,
    meaning: 'The body is larger than 1 MiB, or a batch larger than 8 MiB.',
    retryable: false,
  },
  answer_too_large: {
    status: 413,
    meaning:
      'The answer would hold more lines of reservations than the server gives in one piece (`linesMax`); nothing was done. Send the batch in smaller parts.',
    retryable: false,
  },
  unsupported_media_type: {
    status: 415,
    meaning: 'Bodies are `application/json` in UTF-8, without a `Content-Encoding`.',
    retryable: false,
  },
  idempotency_key_reused: {
    status: 422,
    meaning:
      'The idempotency key was used before by the same actor for a request with another method, path or body. Use a new key for a new request.',
    retryable: false,
  },
  data_rejected: {
    status: 422,
    meaning: 'The database refuses the data of this request; nothing was done.',
    retryable: false,
  },
  headers_too_large: {
    status: 431,
    meaning: 'The request line and the headers together are larger than 16 KiB.',
    retryable: false,
  },
  internal_error: {
    status: 500,
    meaning:
      'A defect of the server. Its log has the details under the request id. Whether the request was done is not certain: repeat it with the same idempotency key.',
    retryable: true,
  },
  overloaded: {
    status: 503,
    meaning:
      'More is being asked than can be decided in good time; nothing was done. `Retry-After` says when to try again.',
    retryable: true,
  },
  too_many_streams: {
    status: 503,
    meaning: 'As many event streams are open as the server allows.',
    retryable: true,
  },
  unavailable: {
    status: 503,
    meaning: 'The database cannot be reached or cannot write; nothing was done.',
    retryable: true,
  },
  ledger_frozen: {
    status: 503,
    meaning:
      'The ledger was moved to another database, or is a copy of one that goes on elsewhere, and takes no commands here; nothing was done. It can still be read. Ask the server that has the ledger now.',
    retryable: false,
  },
  outcome_unknown: {
    status: 503,
    meaning:
      'The connection to the database broke around the commit, and whether it went through is not known. Repeat the request with the same idempotency key.',
    retryable: true,
  },
  draining: {
    status: 503,
    meaning: 'The server is shutting down; nothing was done.',
    retryable: true,
  },
} as const satisfies { readonly [code: string]: ProblemKind };

export type HttpProblemCode = keyof typeof HTTP_PROBLEMS;
/** What the rules, the read side or the feed turn down. */
export type AnyRefusal = Refusal | QueryRefusal | FeedRefusal;
export type AnyRefusalCode = AnyRefusal['code'];
export type ProblemCode = HttpProblemCode | AnyRefusalCode;

const MEANINGS: { readonly [C in AnyRefusalCode]: RefusalMeaning } = {
  ...REFUSALS,
  ...QUERY_REFUSALS,
  ...FEED_REFUSALS,
};

/** Questions that no state of the ledger can answer are bad input, not a conflict. */
const BAD_QUESTIONS: readonly string[] = [
  'invalid_cursor',
  'as_of_in_future',
  'position_in_future',
];

export const REFUSAL_CODES = Object.keys(MEANINGS) as readonly AnyRefusalCode[];
export const HTTP_PROBLEM_CODES = Object.keys(HTTP_PROBLEMS) as readonly HttpProblemCode[];
export const PROBLEM_CODES: readonly ProblemCode[] = [...HTTP_PROBLEM_CODES, ...REFUSAL_CODES];

const KINDS: ReadonlyMap<string, ProblemKind & { readonly title: string }> = new Map(
  PROBLEM_CODES.map((code) => [code, { ...kindOf(code), title: titleOf(code) }]),
);

export function isProblemCode(code: string): code is ProblemCode {
  return KINDS.has(code);
}

export function problemKind(code: ProblemCode): ProblemKind & { readonly title: string } {
  const kind = KINDS.get(code);
  invariant(kind !== undefined, `${code} is in the catalogue`);
  return kind;
}

function kindOf(code: ProblemCode): ProblemKind {
  return isRefusalCode(code) ? refusalKind(code) : HTTP_PROBLEMS[code];
}

function isRefusalCode(code: ProblemCode): code is AnyRefusalCode {
  return Object.hasOwn(MEANINGS, code);
}

function refusalKind(code: AnyRefusalCode): ProblemKind {
  const { rule, retryable } = MEANINGS[code];
  if (BAD_QUESTIONS.includes(code)) return { status: 400, meaning: rule, retryable };
  return { status: code.endsWith('_not_found') ? 404 : 409, meaning: rule, retryable };
}

/** `insufficient_stock` becomes `Insufficient stock`. */
function titleOf(code: ProblemCode): string {
  return code.charAt(0).toUpperCase() + code.slice(1).replaceAll('_', ' ');
}
