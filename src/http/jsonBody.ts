import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { textProblem } from '../domain/identifiers.ts';
import { jsonProblem, NESTED_TOO_DEEP } from '../domain/json.ts';
import { JSON_NESTING_MAX } from '../domain/limits.ts';
import {
  type InputError,
  inputError,
  invalidRequest,
  ProblemError,
  pointerStep,
} from './problem.ts';

/** Errors of one request that are reported. */
export const INPUT_ERRORS_MAX = 20;

type Done = (error: Error | null, body?: unknown) => void;

/**
 * Bodies are JSON in UTF-8 and nothing else; an empty one counts as none. No string may hold control characters or lone
 * surrogates, names of members included: no engine has to store them and no log has to escape them.
 */
export function useJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, bytes: Buffer, done: Done) => {
      if (bytes.length === 0) return done(null, undefined);
      const coding = codingProblem(request);
      if (coding !== null) return done(new ProblemError('unsupported_media_type', coding));
      if (!isUtf8(bytes)) return done(notJson('it is not UTF-8'));
      const text = bytes.toString();
      parse(request, text, (error, body: unknown) => {
        if (error) return done(unparsable(text));
        done(SUSPECT.test(text) ? textErrors(body, request) : null, body);
      });
    },
  );
}

/**
 * Only an escape sequence can bring a control character below U+0020 or a lone surrogate into a parsed text; DEL and
 * the C1 controls can also stand for themselves. Most bodies have none of them and need not be looked through.
 */
const SUSPECT = /[\\\u007f-\u009f]/;

const OTHER_CHARSET = /;\s*charset\s*=\s*(?!"?utf-?8"?\s*(?:;|$))/i;

/** What is wrong with how a body is coded, as its headers say, or null. */
function codingProblem({ headers }: FastifyRequest): string | null {
  const { 'content-type': type = '', 'content-encoding': coding = 'identity' } = headers;
  if (coding !== 'identity') return 'Send the body as it is, without Content-Encoding.';
  return OTHER_CHARSET.test(type) ? 'Send the body in UTF-8; JSON has no other charset.' : null;
}

/** The parser says no more than that it cannot: it is looked at once more, for the reason. */
function unparsable(text: string): ProblemError {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return notJson(error instanceof Error ? error.message : String(error));
  }
  const message = 'must not have a member `__proto__`, or a `constructor` with a `prototype`';
  return invalidRequest([inputError('body', '', message)]);
}

function notJson(reason: string): ProblemError {
  return new ProblemError('invalid_json', `the body is not JSON: ${reason}`);
}

/** Members of a body, by pointer, that may hold line breaks and tabs. */
const MULTILINE = ['/description'];

function textErrors(body: unknown, { routeOptions }: FastifyRequest): ProblemError | null {
  const multiline = routeOptions.config.multilineText === true ? MULTILINE : [];
  const errors: InputError[] = [];
  collectTextErrors(body, '', 0, multiline, errors);
  return errors.length === 0 ? null : invalidRequest(errors);
}

function collectTextErrors(
  value: unknown,
  pointer: string,
  depth: number,
  multiline: readonly string[],
  errors: InputError[],
): void {
  if (errors.length === INPUT_ERRORS_MAX) return;
  if (typeof value === 'string') {
    const rule = {
      codePointsMax: Number.POSITIVE_INFINITY,
      multiline: multiline.includes(pointer),
    };
    const problem = textProblem(value, rule);
    if (problem !== null) errors.push(inputError('body', pointer, problem, value));
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth === JSON_NESTING_MAX) {
    errors.push(inputError('body', pointer, NESTED_TOO_DEEP));
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    const place = pointer + pointerStep(name);
    if (!Array.isArray(value)) collectTextErrors(name, place, depth + 1, [], errors);
    collectTextErrors(member, place, depth + 1, multiline, errors);
  }
}

/** What is wrong with a JSON value of any shape that is kept as it is, or null. */
export function keptJsonProblem(value: unknown, bytesMax: number): string | null {
  const problem = jsonProblem(value);
  if (problem !== null) return problem;
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > bytesMax ? `must have at most ${bytesMax} bytes as JSON, and has ${bytes}` : null;
}
