import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { App } from './fastify.ts';
import { EXAMPLE_NAMES } from './namedExamples.ts';
import {
  ANSWER_HEADERS,
  answerHeadersOf,
  REQUEST_HEADERS,
  requestHeadersOf,
} from './openapiHeaders.ts';
import { PAGE_POLICY } from './pagePolicy.ts';

const DESCRIPTION = `
A distributed inventory ledger: it holds stock for orders, tickets and bookings, never sells a unit twice, and can say where every unit was at any moment.

**Errors** are RFC 9457 problems: \`code\` is stable, \`retryable\` says whether the same request may succeed later, and \`type\` is a page that explains it.

**Repeating** a POST is safe with an \`Idempotency-Key\`: the first answer comes again, with \`Idempotency-Replayed: true\`.

**Lists** answer \`{data, nextCursor}\`; hand \`nextCursor\` back as \`cursor\` for the next page.`;

/** The bar shows another project's logo, and a field for other documents. */
const WITHOUT_TOP_BAR = {
  filename: 'holdfast.css',
  content: '.swagger-ui .topbar { display: none }',
};

const TAGS = [
  { name: 'Catalogue', description: 'Products and locations' },
  { name: 'Stock', description: 'How much there is, was, and why' },
  { name: 'Reservations', description: 'Holding, selling, handing over' },
  { name: 'Transfers', description: 'Goods on their way between locations' },
  { name: 'Batch', description: 'Many commands at once' },
  { name: 'Events', description: 'The log' },
  { name: 'Nodes', description: 'Shops and their hub, each with a ledger of its own' },
  { name: 'Health', description: 'For those who watch the server' },
];

/** Collects the documentation of every route that is registered after it. */
export async function collectOpenApi(app: App, version: string): Promise<void> {
  await app.register(swagger, optionsFor(version));
}

/** The document, and the pages that show it. Everything they need comes from this server. */
export async function openApiRoutes(app: App): Promise<void> {
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json').send(JSON.stringify(app.swagger())),
  );
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: PAGE_POLICY,
    theme: { title: 'Holdfast API', css: [WITHOUT_TOP_BAR] },
    uiConfig: { docExpansion: 'list', displayRequestDuration: true, persistAuthorization: true },
  });
}

type Transform = NonNullable<FastifyDynamicSwaggerOptions['transformObject']>;
type Document = Extract<Parameters<Transform>[0], { openapiObject: unknown }>['openapiObject'];

function optionsFor(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Holdfast',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: TAGS,
      components: {
        securitySchemes: {
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'Wanted where the server has API keys; its name is the actor.',
          },
        },
        parameters: REQUEST_HEADERS,
        headers: ANSWER_HEADERS,
      },
      security: [{ apiKey: [] }, {}],
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json['$id'] ?? i) },
    transformObject: (document) =>
      'openapiObject' in document ? completed(document.openapiObject) : document.swaggerObject,
  };
}

/** Routes whose body may be left out altogether. */
const OPTIONAL_BODY = /\/(confirm|cancel|fulfil|receive)$/;

/** Says what the checks of routes cannot: headers, bodies that may be left out, and the examples of named schemas. */
function completed(document: Partial<Document>): Partial<Document> {
  const examples = examplesOf(document);
  for (const schema of Object.values(document.components?.schemas ?? {})) {
    // For the checks only: in OpenAPI a discriminator tells apart named schemas, and these variants have no names.
    Reflect.deleteProperty(schema, 'discriminator');
    Reflect.deleteProperty(schema, EXAMPLE_NAMES);
  }
  for (const [path, operations] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(operations ?? {})) {
      if (typeof operation !== 'object' || !('operationId' in operation)) continue;
      completeOperation(operation, path, method);
      for (const media of mediaOf(operation)) addExamples(media, examples);
    }
  }
  return document;
}

function addExamples(media: Media, examples: ReadonlyMap<string, Examples>): void {
  const { schema } = media;
  const found = schema && '$ref' in schema ? examples.get(schema.$ref) : undefined;
  if (media.example === undefined) Object.assign(media, found);
}

type Operation = NonNullable<NonNullable<NonNullable<Document['paths']>[string]>['get']>;
type Media = NonNullable<
  Extract<Operation['requestBody'], { content: unknown }>
>['content'][string];

function completeOperation(operation: Operation, path: string, method: string): void {
  const headers = requestHeadersOf(path, method).map((name) => ({
    $ref: `#/components/parameters/${name}`,
  }));
  operation.parameters = [...(operation.parameters ?? []), ...headers];
  for (const [status, answer] of Object.entries(operation.responses ?? {})) {
    if (!('$ref' in answer)) completeAnswer(answer, path, method, status);
  }
  const { requestBody } = operation;
  if (requestBody && 'content' in requestBody && OPTIONAL_BODY.test(path)) {
    requestBody.required = false;
  }
}

type Answer = Exclude<NonNullable<Operation['responses']>[string], { $ref: string }>;

function completeAnswer(answer: Answer, path: string, method: string, status: string): void {
  const names = answerHeadersOf(path, method, status);
  answer.headers = Object.fromEntries(
    names.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
  if (path === '/v1/events' && status === '200') {
    answer.content = { ...answer.content, 'text/event-stream': { schema: { type: 'string' } } };
  }
}

/** What is sent and what is answered when all goes well; a problem's example would fit one of its codes only. */
function mediaOf({ requestBody, responses = {} }: Operation): Media[] {
  return [requestBody, ...Object.values(responses)].flatMap((body) =>
    body && 'content' in body ? jsonMediaOf(body.content ?? {}) : [],
  );
}

function jsonMediaOf({ 'application/json': media }: Record<string, Media>): Media[] {
  return media === undefined ? [] : [media];
}

/** One example, or several to choose from. */
type Examples = Pick<Media, 'example' | 'examples'>;

/** The examples of each named schema, by what points to it. */
function examplesOf({ components }: Partial<Document>): Map<string, Examples> {
  return new Map(
    Object.entries(components?.schemas ?? {}).flatMap(([name, schema]) => {
      const examples: unknown = Reflect.get(schema, 'examples');
      if (!Array.isArray(examples)) return [];
      return [
        [`#/components/schemas/${name}`, shown(examples, Reflect.get(schema, EXAMPLE_NAMES))],
      ];
    }),
  );
}

function shown(examples: readonly unknown[], names: unknown): Examples {
  if (!Array.isArray(names)) return { example: examples[0] };
  const named = names.map((name, index) => [String(name), { value: examples[index] }]);
  return { examples: Object.fromEntries(named) };
}
