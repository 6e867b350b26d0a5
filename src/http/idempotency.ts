import { hash } from 'node:crypto';
import { canonicalJson, type Json } from '../domain/json.ts';
import { IDEMPOTENCY_KEY_LENGTH_MAX } from '../domain/limits.ts';
import type { ClaimedKey } from '../ledger/ledger.ts';
import type { AnyRequest } from './fastify.ts';
import { inputError, invalidRequest } from './problem.ts';
import { pathOf } from './urls.ts';

const PRINTABLE_ASCII = /^[ -~]+$/;

/**
 * The idempotency key of a request with its fingerprint, or undefined when it has none.
 * @throws {ProblemError} for a key that is none
 */
export function claimedKey(request: AnyRequest): ClaimedKey | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !isPrintable(key, IDEMPOTENCY_KEY_LENGTH_MAX)) {
    const message = `must be 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} printable ASCII characters`;
    throw invalidRequest([inputError('header', '/Idempotency-Key', message, key)]);
  }
  return { key, fingerprint: fingerprint(request.method, pathOf(request.url), request.body) };
}

export function isPrintable(text: string, lengthMax: number): boolean {
  return text.length <= lengthMax && PRINTABLE_ASCII.test(text);
}

/** What must be the same when a key is used again: SHA-256 of method, path and parsed body. */
export function fingerprint(method: string, path: string, body: unknown): string {
  // A body was parsed from JSON, which its type cannot say.
  return hash('sha256', `${method} ${path}\n${canonicalJson((body ?? {}) as Json)}`, 'base64url');
}
