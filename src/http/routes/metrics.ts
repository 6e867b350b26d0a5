import { Type } from 'typebox';
import type { App } from '../fastify.ts';
import { reading } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { NoQuery } from '../schemas/common.ts';

export function metricsRoute(app: App, { metrics }: HttpParts): void {
  const { tags, ...text } = reading({
    tag: 'Health',
    operationId: 'getMetrics',
    summary: 'Metrics for Prometheus',
    description: 'Requests, commits, queue, streams and the process, in the text format.',
    answers: { 200: { description: 'The metrics', schema: Type.String() } },
  });
  app.get(
    '/metrics',
    { schema: { ...text, tags, produces: ['text/plain'], querystring: NoQuery } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()),
  );
}
