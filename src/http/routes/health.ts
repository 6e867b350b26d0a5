import { Type } from 'typebox';
import type { App } from '../fastify.ts';
import { problemAnswers } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { NoQuery } from '../schemas/common.ts';

const Alive = Type.Object({ status: Type.Literal('ok'), version: Type.String() });
const Readiness = Type.Object({
  ready: Type.Boolean(),
  reasons: Type.Array(Type.String(), { description: 'Why not' }),
  warnings: Type.Optional(
    Type.Array(Type.String(), {
      description: 'What somebody should look at, though the server takes requests',
    }),
  ),
});

const tags = ['Health'];
const PROBLEMS = problemAnswers(['invalid_request', 'malformed_http', 'internal_error']);

const HEALTH = {
  tags,
  operationId: 'getHealth',
  summary: 'Whether the process is alive',
  description: 'Always 200: a process that cannot answer needs to be started again.',
  querystring: NoQuery,
  response: {
    ...PROBLEMS,
    200: { ...Alive, description: 'Alive', examples: [{ status: 'ok', version: '0.1.0' }] },
  },
};

const READINESS = {
  tags,
  operationId: 'getReadiness',
  summary: 'Whether the server takes requests',
  description:
    '503 while the database cannot be written, while the ledger is frozen because it was moved, and while the server is shutting down. Before the database is migrated, nobody listens yet. A shop without its hub, and a server without its broker, sell on: that is said in `warnings`.',
  querystring: NoQuery,
  response: {
    ...PROBLEMS,
    200: {
      ...Readiness,
      description: 'Ready',
      examples: [
        { ready: true, reasons: [] },
        {
          ready: true,
          reasons: [],
          warnings: ['the log is not published: NATS: connection refused'],
        },
      ],
    },
    503: {
      ...Readiness,
      description: 'Not ready',
      examples: [{ ready: false, reasons: ['the database cannot be written'] }],
    },
  },
};

/** For those who watch the server; they need no key. */
export function healthRoutes(app: App, { readiness, version }: HttpParts): void {
  app.get('/healthz', { schema: HEALTH }, async () => ({ status: 'ok' as const, version }));

  app.get('/readyz', { schema: READINESS }, async (_request, reply) => {
    const { ready, reasons, warnings = [] } = readiness();
    const toLookAt = warnings.length > 0 ? { warnings: [...warnings] } : {};
    return reply.code(ready ? 200 : 503).send({ ready, reasons: [...reasons], ...toLookAt });
  });
}
