import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { identifierProblem, textProblem } from '../domain/identifiers.ts';
import { INPUT_ERRORS_MAX, keptJsonProblem } from './jsonBody.ts';
import { asOfProblem } from './moments.ts';
import { EXAMPLE_NAMES } from './namedExamples.ts';
import {
  type InputError,
  inputError,
  invalidRequest,
  type ProblemError,
  pointerStep,
  type RequestPart,
} from './problem.ts';
import { splitReservationId } from './reservationIds.ts';
import { timeProblem } from './times.ts';

/** Formats that texts can have, each with what is wrong with a text that has it not. */
const FORMAT_PROBLEMS: Readonly<Record<string, (text: string) => string | null>> = {
  identifier: identifierProblem,
  anywhere: (text) => (text === 'any' ? null : 'must be "any" or a list of locations'),
  text: (text) => textProblem(text, { codePointsMax: Number.POSITIVE_INFINITY }),
  'date-time': timeProblem,
  'as-of': asOfProblem,
  uuid: (text) => (UUID.test(text) ? null : 'must be a UUID'),
  'reservation-id': reservationIdProblem,
  uuidv7: uuidV7Problem,
};

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i;

/** Ids that clients make, for they sort by time. */
export function uuidV7Problem(text: string): string | null {
  return UUID_V7.test(text) ? null : 'must be a UUID of version 7';
}

/** A UUID; or for the part of another node's reservation, where that id was taken here, with the name of that node. */
function reservationIdProblem(text: string): string | null {
  const { id, node } = splitReservationId(text);
  if (!UUID.test(id)) return 'must be a UUID';
  return node === undefined ? null : identifierProblem(node);
}

/** Keyword for members that hold any JSON: the largest size of its text. It also bounds how deep it is nested. */
export const JSON_BYTES_MAX = 'x-json-bytes-max';

/** Keyword for the names of the variants that a discriminator tells apart. */
export const VARIANTS = 'x-variants';

/** Above so many values only the first error is looked for, so that a large bad body costs no more than a good one. */
const VALUES_FOR_ALL_ERRORS_MAX = 1_000;

/**
 * Compiles the checks of requests. Values of a body are never coerced; texts of a query become the numbers and lists
 * that its schema wants. (There `1e400` becomes infinity, of which `strictNumbers` would look at no bound.)
 */
export function createValidatorCompiler(
  shared: readonly TSchema[],
): FastifySchemaCompiler<TSchema> {
  const strict = createPair({ coerceTypes: false }, shared);
  const coercing = createPair({ coerceTypes: 'array', strictNumbers: false }, shared);
  return ({ schema, httpPart }) => {
    const { first, all } = httpPart === 'body' ? strict : coercing;
    return validator(first.compile(schema), () => all.compile(schema));
  };
}

function createPair(options: Options, shared: readonly TSchema[]): { first: Ajv; all: Ajv } {
  return {
    first: createAjv(options, shared),
    all: createAjv({ ...options, allErrors: true }, shared),
  };
}

function createAjv(options: Options, shared: readonly TSchema[]): Ajv {
  const ajv = new Ajv({
    ...options,
    removeAdditional: false,
    verbose: true,
    discriminator: true,
    allowUnionTypes: true,
    strictRequired: false,
    addUsedSchema: false,
  });
  ajv.addKeyword(VARIANTS);
  ajv.addKeyword(EXAMPLE_NAMES);
  for (const [name, problem] of Object.entries(FORMAT_PROBLEMS)) {
    ajv.addFormat(name, (text: string) => problem(text) === null);
  }
  ajv.addKeyword({
    keyword: JSON_BYTES_MAX,
    type: 'object',
    schemaType: 'number',
    validate: (bytesMax: number, value: unknown) => keptJsonProblem(value, bytesMax) === null,
  });
  for (const schema of shared) ajv.addSchema(schema);
  return ajv;
}

/** What Fastify calls: it reads `errors` right after a call that gave false. */
interface Validator {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null;
}

function validator(first: ValidateFunction, compileAll: () => ValidateFunction): Validator {
  let all: ValidateFunction | undefined;
  const validate: Validator = (value) => {
    if (first(value)) return true;
    let failed = first;
    if (countsAtMost(value, VALUES_FOR_ALL_ERRORS_MAX)) {
      all ??= compileAll();
      all(value);
      failed = all;
    }
    validate.errors = failed.errors ?? first.errors ?? null;
    return false;
  };
  return validate;
}

function countsAtMost(value: unknown, max: number): boolean {
  const open: unknown[] = [value];
  for (let count = 0; open.length > 0; count++) {
    if (count > max) return false;
    const next = open.pop();
    if (typeof next === 'object' && next !== null) {
      const members = Object.values(next);
      if (members.length > max) return false;
      open.push(...members);
    }
  }
  return true;
}

const PARTS: Readonly<Record<string, RequestPart>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

/** The answer to what Ajv found. Fastify's type leaves out what `verbose` adds, so the errors are taken as unknown. */
export function formatSchemaErrors(errors: readonly unknown[], dataVar: string): ProblemError {
  const part = PARTS[dataVar] ?? 'body';
  const byPointer = new Map<string, InputError>();
  for (const error of errors as readonly ErrorObject[]) {
    const found = describe(part, error);
    const isNew = !byPointer.has(found.pointer) && byPointer.size < INPUT_ERRORS_MAX;
    // A format knows best what is wrong with a text that is also too short or too long.
    const isBetter = error.keyword === 'format' && byPointer.has(found.pointer);
    if (isNew || isBetter) byPointer.set(found.pointer, found);
  }
  return invalidRequest([...byPointer.values()]);
}

function describe(part: RequestPart, error: ErrorObject): InputError {
  const { keyword, instancePath, params, data } = error;
  switch (keyword) {
    case 'required':
      return inputError(part, instancePath + pointerStep(params['missingProperty']), 'is required');
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return unknownMember(part, error);
    case 'discriminator':
      return wrongVariant(part, error);
    case 'type':
      if (part === 'body' && instancePath === '' && data === null) {
        return inputError(part, '', 'is required: JSON with Content-Type application/json');
      }
      return inputError(
        part,
        instancePath,
        `must be ${String(params['type']).replace(',', ' or ')}`,
        data,
      );
    default:
      return inputError(part, instancePath, messageOf(error), data);
  }
}

function unknownMember(part: RequestPart, { instancePath, params, data }: ErrorObject): InputError {
  const name = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
  const value: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, name) : null;
  const message = part === 'query' ? 'is not a known parameter' : 'is not a known field';
  return inputError(part, instancePath + pointerStep(name.slice(0, 100)), message, value);
}

/** A body that comes in variants names its own in a member, `type`. */
function wrongVariant(part: RequestPart, { instancePath, params, parentSchema }: ErrorObject) {
  const { tag, tagValue } = params;
  const pointer = instancePath + pointerStep(String(tag));
  if (tagValue === undefined) return inputError(part, pointer, 'is required');
  const names: unknown = parentSchema?.[VARIANTS];
  const message = Array.isArray(names) ? `must be one of ${names.join(', ')}` : 'is not known';
  return inputError(part, pointer, message, tagValue);
}

function messageOf({ keyword, params, schema, data, message }: ErrorObject): string {
  switch (keyword) {
    case 'format':
      return FORMAT_PROBLEMS[params['format']]?.(String(data)) ?? 'has the wrong form';
    case 'enum':
      return `must be one of ${params['allowedValues'].join(', ')}`;
    case 'not':
      return 'must not be 0';
    case 'oneOf':
      return 'must have either a location or where it may come `from`';
    case 'const':
      return `must be ${JSON.stringify(params['allowedValue'])}`;
    case JSON_BYTES_MAX:
      return keptJsonProblem(data, Number(schema)) ?? 'is too large';
    default:
      return (message ?? 'is not allowed').replace('must NOT', 'must not');
  }
}
