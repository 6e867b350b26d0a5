import { readFile } from 'node:fs/promises';
import Fastify from 'fastify';
import { answerParent } from './answerParent.ts';
import { NO_COMMITS, processFigures, type Reply } from './messages.ts';

// Fastify as it comes, without logging, validation or hooks, that answers what it was told. The only argument names a
// file with the replies as JSON.

const [file = ''] = process.argv.slice(2);
const replies: readonly Reply[] = JSON.parse(await readFile(file, 'utf8'));
const app = Fastify({ logger: false, bodyLimit: 8 * 2 ** 20 });
for (const { method, route, status, headers, body } of replies) {
  app.route({
    method,
    url: route,
    handler: (_request, reply) => reply.code(status).headers(headers).send(body),
  });
}
const url = await app.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 });
answerParent({
  url,
  figures: () => processFigures(NO_COMMITS),
  learn: () => {},
  stop: () => void app.close(),
});
