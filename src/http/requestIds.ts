import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isPrintable } from './idempotency.ts';

const REQUEST_ID_LENGTH_MAX = 128;

/**
 * Takes the client's `X-Request-Id`, or makes one: a prefix that is new in each process, and a counter, which costs a
 * fraction of a UUID. One that could not be written to a log as it is counts as none.
 */
export function createRequestIds(): (request: Pick<IncomingMessage, 'headers'>) => string {
  const prefix = randomBytes(6).toString('base64url');
  let count = 0;
  return ({ headers }) => {
    const given = headers['x-request-id'];
    if (typeof given === 'string' && isPrintable(given, REQUEST_ID_LENGTH_MAX)) return given;
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
