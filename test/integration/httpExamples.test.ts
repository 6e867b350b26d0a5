import { beforeAll, describe, expect, it } from 'vitest';
import { SAMPLE_LOCATIONS, SAMPLE_PRODUCTS, SAMPLE_STOCK } from '../../src/cli/sample/catalogue.ts';
import { openServer, type Reply, type TestServer } from '../support/httpServer.ts';

interface Media {
  readonly example?: unknown;
  readonly examples?: { readonly [name: string]: { readonly value: unknown } };
}

interface Operation {
  readonly parameters: readonly { readonly name?: string; readonly example?: unknown }[];
  readonly requestBody?: { readonly content: { readonly [type: string]: Media } };
}

type Paths = { readonly [path: string]: { readonly [method: string]: Operation } };

let server: TestServer;
let paths: Paths;

beforeAll(async () => {
  server = await openServer();
  paths = (await server.call('GET', '/openapi.json')).body['paths'] as Paths;
  for (const { sku, ...content } of SAMPLE_PRODUCTS) {
    await server.call('PUT', `/v1/products/${sku}`, content);
  }
  for (const { location, ...content } of SAMPLE_LOCATIONS) {
    await server.call('PUT', `/v1/locations/${location}`, content);
  }
  for (const level of SAMPLE_STOCK) {
    await server.call('POST', '/v1/movements', { type: 'count', ...level });
  }
  return () => server.close();
});

function operation(path: string, method = 'post'): Operation {
  const found = paths[path]?.[method];
  if (found === undefined) throw new Error(`there is no ${method} ${path}`);
  return found;
}

/** What the page offers to send, by its name. */
function examplesOf(path: string): readonly (readonly [name: string, body: unknown])[] {
  const { example, examples = {} } = operation(path).requestBody?.content['application/json'] ?? {};
  const named = Object.entries(examples).map(([name, { value }]) => [name, value] as const);
  return example === undefined ? named : [['', example]];
}

/** The path as the page fills it in. */
function filledIn(path: string, method?: string): string {
  const { parameters } = operation(path, method);
  return path.replace(/\{(\w+)\}/g, (_, wanted: string) => {
    const found = parameters.find(({ name }) => name === wanted);
    return encodeURIComponent(String(found?.example));
  });
}

async function expectDone(path: string, body: unknown): Promise<Reply> {
  const reply = await server.call('POST', path, body);
  expect(reply, path).toMatchObject({ status: expect.toSatisfy((status) => status < 300) });
  return reply;
}

describe('the examples of the API, with the sample loaded', () => {
  it.each(['/v1/movements', '/v1/reservations', '/v1/transfers'])(
    'of POST %s are all accepted as they stand, and again',
    async (path) => {
      const examples = examplesOf(path);
      expect(examples.length).toBeGreaterThan(1);
      for (const [, body] of [...examples, ...examples]) await expectDone(path, body);
    },
  );

  it('of a reservation have one whose place is left open', async () => {
    const bodies = examplesOf('/v1/reservations').map(([, body]) => JSON.stringify(body));
    expect(bodies).toContainEqual(expect.stringContaining('"from":"any"'));
  });

  it('of a buyer in Berlin take what is in Berlin', async () => {
    const [, body] =
      examplesOf('/v1/reservations').find(([name]) => name.includes('nearest')) ?? [];
    const { lines } = (await expectDone('/v1/reservations', body)).body;
    const [mugs, shirt] = ['MUG-BLUE', 'TEE-BLACK-M'].map((sku) =>
      expect.objectContaining({ sku, location: 'STORE-BERLIN' }),
    );
    expect(lines).toEqual([mugs, shirt]);
  });

  it('of the batch are all accepted', async () => {
    const [[, body] = []] = examplesOf('/v1/batch');
    const { outcomes } = (await expectDone('/v1/batch', body)).body;
    expect(outcomes).toEqual([201, 201, 200].map((status) => expect.objectContaining({ status })));
  });

  it.each([
    '/v1/reservations/{id}/extend',
    '/v1/reservations/{id}/confirm',
    '/v1/reservations/{id}/fulfil',
    '/v1/transfers/{id}/receive',
  ])('of POST %s go on with what those before have made', async (path) => {
    const [[, body] = []] = examplesOf(path);
    await expectDone(filledIn(path), body);
  });

  it.each([
    '/v1/products/{sku}',
    '/v1/locations/{location}',
    '/v1/stock/{sku}/{location}',
    '/v1/stock/{sku}/{location}/explain',
    '/v1/stock/{sku}/{location}/events',
    '/v1/reservations/{id}',
    '/v1/transfers/{id}',
  ])('of GET %s name what is there', async (path) => {
    expect((await server.call('GET', filledIn(path, 'get'))).status).toBe(200);
  });
});
