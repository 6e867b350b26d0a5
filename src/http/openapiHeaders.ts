type HeaderNames = readonly (keyof typeof REQUEST_HEADERS)[];

/** Headers that requests can have: parameters of the OpenAPI document, by their names there. */
export const REQUEST_HEADERS = {
  IdempotencyKey: parameter(
    'Idempotency-Key',
    255,
    'The same request with the same key is done once',
  ),
  RequestId: parameter('X-Request-Id', 128, 'Names the request in logs, events and answers'),
  Actor: parameter('X-Actor', 128, 'Who asks, where the server has no API keys'),
  LastEventId: parameter('Last-Event-ID', 16, 'Position of the last event that a stream has sent'),
  IfNoneMatch: parameter('If-None-Match', 16_384, '`ETag` of the answer that is known already'),
};

function parameter(name: string, maxLength: number, description: string) {
  const schema = { type: 'string' as const, minLength: 1, maxLength };
  return { name, in: 'header' as const, required: false, description, schema };
}

/** Headers that answers can have, by their names. */
export const ANSWER_HEADERS = {
  'X-Request-Id': header('That of the request, or one that was made'),
  'Idempotency-Replayed': header('`true` where an earlier answer is repeated'),
  'Retry-After': header('Seconds to wait'),
  Location: header('Where the new thing is found'),
  ETag: header('The version of the level'),
};

function header(description: string) {
  return { description, schema: { type: 'string' as const } };
}

const LEVEL = '/v1/stock/{sku}/{location}';

export function requestHeadersOf(path: string, method: string): HeaderNames {
  if (path === '/v1/events') return ['LastEventId', 'RequestId'];
  if (path === LEVEL) return ['IfNoneMatch', 'RequestId'];
  return method === 'get' ? ['RequestId'] : ['IdempotencyKey', 'RequestId', 'Actor'];
}

/** Statuses whose answers are kept for an idempotency key. */
const KEPT = ['200', '201', '204', '404', '409'];
/** Its answer is an event, which has no place of its own. */
const PLACELESS = '/v1/movements';

export function answerHeadersOf(
  path: string,
  method: string,
  status: string,
): readonly (keyof typeof ANSWER_HEADERS)[] {
  const names: (keyof typeof ANSWER_HEADERS)[] = ['X-Request-Id'];
  if (method !== 'get' && KEPT.includes(status)) names.push('Idempotency-Replayed');
  if (status === '503' && path.startsWith('/v1/')) names.push('Retry-After');
  if (status === '201' && path !== PLACELESS) names.push('Location');
  if (path === LEVEL && ['200', '304'].includes(status)) names.push('ETag');
  return names;
}
