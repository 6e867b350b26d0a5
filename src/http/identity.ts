import { hash, timingSafeEqual } from 'node:crypto';
import { ACTOR_CODE_POINTS_MAX } from '../domain/limits.ts';
import type { AnyRequest } from './fastify.ts';
import { isPrintable } from './idempotency.ts';
import { inputError, invalidRequest, ProblemError } from './problem.ts';

export interface ApiKey {
  /** The actor that its requests are written down under. */
  readonly name: string;
  readonly secret: string;
}

/** Tells who asks. @throws {ProblemError} when nobody may ask so */
export type Identify = (request: AnyRequest) => string;

export function createIdentify(keys: readonly ApiKey[]): Identify {
  return keys.length === 0 ? identifyLocal : identifyByKey(keys);
}

const ANONYMOUS = 'anonymous';

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Without keys the server is bound to loopback, and whoever reaches it may name himself. A web page could reach it too,
 * through a name of its own that it points at 127.0.0.1: such a request has that name in its Host header.
 */
function identifyLocal({ headers }: AnyRequest): string {
  const { host, 'x-actor': actor } = headers;
  if (host === undefined || !LOOPBACK_HOST.test(host)) {
    throw new ProblemError(
      'forbidden_host',
      'Without API keys only requests to localhost, 127.0.0.1 (or another 127.x.x.x) or [::1] are answered.',
    );
  }
  if (actor === undefined) return ANONYMOUS;
  if (typeof actor === 'string' && isPrintable(actor, ACTOR_CODE_POINTS_MAX)) return actor;
  const message = `must be 1 to ${ACTOR_CODE_POINTS_MAX} printable ASCII characters`;
  throw invalidRequest([inputError('header', '/X-Actor', message, actor)]);
}

const BEARER = /^Bearer +([!-~]+)$/i;

function identifyByKey(keys: readonly ApiKey[]): Identify {
  const known = keys.map(({ name, secret }) => ({ name, digest: digestOf(secret) }));
  return (request) => {
    const secret = bearerOf(request);
    const name = secret === undefined ? undefined : findName(known, digestOf(secret));
    if (name === undefined) throw unauthorized();
    refuseOtherActor(name, request.headers['x-actor']);
    return name;
  };
}

/** The secret that a request shows. */
export function bearerOf({ headers }: AnyRequest): string | undefined {
  return BEARER.exec(headers.authorization ?? '')?.[1];
}

/** Digests have one length, and all of them are compared, so that the time it takes tells nothing of the keys. */
function findName(
  known: readonly { readonly name: string; readonly digest: Buffer }[],
  digest: Buffer,
): string | undefined {
  let found: string | undefined;
  for (const key of known) {
    if (timingSafeEqual(key.digest, digest)) found = key.name;
  }
  return found;
}

function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

function unauthorized(): ProblemError {
  const detail = 'This server wants an API key: Authorization: Bearer <key>.';
  return new ProblemError('unauthorized', detail, {}, { 'www-authenticate': 'Bearer' });
}

/** The log shows the name of the key; a client that believes otherwise must hear of it. */
function refuseOtherActor(name: string, actor: string | readonly string[] | undefined): void {
  if (actor === undefined || actor === name) return;
  const message = `must be left out: the API key says who asks, and it is that of ${name}`;
  throw invalidRequest([inputError('header', '/X-Actor', message, actor)]);
}
