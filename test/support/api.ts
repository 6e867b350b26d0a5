/** A client of the HTTP API for tests: what was asked, and what came back. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** Whatever JSON came back, to be looked into. */
export interface Json {
  readonly [name: string]: unknown;
}

export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @throws when no answer came, as after the server was killed */
export async function ask(
  url: string,
  path: string,
  { method, body, headers }: Ask = {},
): Promise<Reply> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...type, ...headers },
    ...sent,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Json),
  };
}

/** Makes a location `north`, and `quantity` of each product there. */
export async function stock(
  url: string,
  quantity: number,
  ...skus: readonly string[]
): Promise<void> {
  await ask(url, '/v1/locations/north', { method: 'PUT', body: { name: 'North', kind: 'store' } });
  for (const sku of skus) {
    await ask(url, `/v1/products/${sku}`, { method: 'PUT', body: { name: sku } });
    await ask(url, '/v1/movements', {
      body: { type: 'receive', sku, location: 'north', quantity },
    });
  }
}

export function oneOf(sku: string): {
  lines: { sku: string; location: string; quantity: number }[];
} {
  return { lines: [{ sku, location: 'north', quantity: 1 }] };
}

/** Every entry of the log. */
export async function wholeLog(url: string): Promise<readonly Json[]> {
  const events: Json[] = [];
  for (let after: unknown = 0; ; ) {
    const { body } = await ask(url, `/v1/events?after=${after}&limit=1000`);
    const page = body['data'] as readonly Json[];
    events.push(...page);
    if (page.length === 0) return events;
    after = page.at(-1)?.['position'];
  }
}
