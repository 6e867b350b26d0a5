import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBLEM_CODES, problemKind } from '../../src/http/problemCodes.ts';
import { openServer, type TestServer } from '../support/httpServer.ts';

let server: TestServer;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

type Operation = {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly requestBody?: Response;
  readonly responses: Record<string, Response>;
};
type Response = {
  readonly description?: string;
  readonly content?: Record<string, Media>;
};
type Media = { readonly example?: unknown; readonly examples?: object };

function isShown({ example, examples = {} }: Media): boolean {
  return example !== undefined || Object.keys(examples).length > 0;
}

async function operations(): Promise<[string, Operation][]> {
  const { body } = await server.call('GET', '/openapi.json');
  const paths = body['paths'] as Record<string, Record<string, Operation>>;
  return Object.entries(paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method} ${url}`,
      operation,
    ]),
  );
}

describe('the OpenAPI document', () => {
  it('is of version 3.1 and names every route of the design', async () => {
    const { body } = await server.call('GET', '/openapi.json');
    expect(body['openapi']).toBe('3.1.0');
    const names = (await operations()).map(([name]) => name);
    expect(names.sort()).toMatchInlineSnapshot(`
      [
        "delete /v1/locations/{location}",
        "delete /v1/products/{sku}",
        "get /healthz",
        "get /metrics",
        "get /readyz",
        "get /v1/availability",
        "get /v1/demand",
        "get /v1/events",
        "get /v1/locations",
        "get /v1/locations/{location}",
        "get /v1/nodes",
        "get /v1/nodes/{node}",
        "get /v1/products",
        "get /v1/products/{sku}",
        "get /v1/reservations",
        "get /v1/reservations/{id}",
        "get /v1/stock",
        "get /v1/stock/{sku}/{location}",
        "get /v1/stock/{sku}/{location}/events",
        "get /v1/stock/{sku}/{location}/explain",
        "get /v1/transfers",
        "get /v1/transfers/{id}",
        "post /v1/batch",
        "post /v1/movements",
        "post /v1/reservations",
        "post /v1/reservations/{id}/cancel",
        "post /v1/reservations/{id}/confirm",
        "post /v1/reservations/{id}/extend",
        "post /v1/reservations/{id}/fulfil",
        "post /v1/transfers",
        "post /v1/transfers/{id}/cancel",
        "post /v1/transfers/{id}/receive",
        "put /v1/locations/{location}",
        "put /v1/products/{sku}",
      ]
    `);
  });

  it('says of every route what it does, with examples and all of its problems', async () => {
    for (const [name, operation] of await operations()) {
      expect(operation, name).toMatchObject({
        operationId: expect.stringMatching(/^[a-z][A-Za-z]+$/),
        summary: expect.stringMatching(/./),
        description: expect.stringMatching(/./),
      });
      const { requestBody, responses } = operation;
      const answers = Object.entries(responses);
      const bodies = [requestBody, ...answers.map(([, answer]) => answer)];
      for (const body of bodies) {
        const media = body?.content?.['application/json'];
        if (media) expect(isShown(media), name).toBe(true);
      }
      for (const [status, answer] of answers) {
        expect(answer.description, `${name} ${status}`).not.toBe('Default Response');
      }
      const problems = answers.filter(([status]) => Number(status) >= 400);
      const types = problems.flatMap(([, { content = {} }]) => Object.keys(content));
      if (!name.endsWith('/readyz')) expect(new Set(types)).not.toContain('application/json');
    }
  });

  it('has no operation twice, and points to nothing that is not there', async () => {
    const ids = (await operations()).map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const { text, body } = await server.call('GET', '/openapi.json');
    const components = body['components'] as Record<string, Record<string, unknown>>;
    for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
      expect(components[kind], `${kind}/${name}`).toHaveProperty(name);
    }
  });
});

describe('the pages', () => {
  it.each(['/docs', '/redoc'])('%s loads everything from this server', async (url) => {
    const answer = await server.app.inject({ url, headers: { host: 'localhost' } });
    const page =
      answer.statusCode === 302 ? await server.call('GET', `${answer.headers.location}`) : null;
    const html = page?.text ?? answer.body;
    expect(html).toContain('<html');
    const links = [...html.matchAll(/(?:src|href|spec-url)="([^"]+)"/g)].map(
      ([, link = '']) => link,
    );
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) {
      expect(link).not.toMatch(/^(https?:)?\/\//);
      const asset = await server.call('GET', new URL(link, `http://localhost${url}/`).pathname);
      expect([link, asset.status]).toEqual([link, 200]);
    }
  });

  it('say for each problem what it means', async () => {
    const list = await server.call('GET', '/problems');
    for (const code of PROBLEM_CODES) {
      expect(list.text).toContain(`href="/problems/${code}"`);
      const { status, text } = await server.call('GET', `/problems/${code}`);
      expect(status).toBe(200);
      expect(text).toContain(`<dd>${problemKind(code).status}</dd>`);
    }
  });
});

describe('the catalogue of problems', () => {
  it('is the reference page, line by line', () => {
    const file = path.resolve(import.meta.dirname, '../../docs/reference/refusals.md');
    const page = readFileSync(file, 'utf8');
    const listed = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code]) => code);
    expect([...new Set(listed)].sort()).toEqual([...PROBLEM_CODES].sort());
  });

  it('has only codes that some route can answer, and all of them', async () => {
    const documented = new Set<string>();
    for (const [, { responses }] of await operations()) {
      for (const { description = '' } of Object.values(responses)) {
        for (const [, code = ''] of description.matchAll(/^- `(\w+)`/gm)) documented.add(code);
      }
    }
    // These come before any route is found.
    const beforeRoutes = [
      'route_not_found',
      'method_not_allowed',
      'request_timeout',
      'headers_too_large',
    ];
    // Asked by the ledger itself or for its links, never by a client.
    const internal = [
      'reservation_not_due',
      'node_exists',
      'node_retired',
      'session_closed',
      'cursor_mismatch',
    ];
    expect([...documented, ...beforeRoutes, ...internal].sort()).toEqual([...PROBLEM_CODES].sort());
  });
});
