import type { RouteOptions } from 'fastify';
import type { App } from '../../src/http/fastify.ts';
import type { Reply } from './messages.ts';

export const TWIN_PREFIX = '/twin';

/** Routes that get a twin, by method and pattern. */
const TWINNED = new Set([
  'POST /v1/reservations',
  'POST /v1/reservations/:id/confirm',
  'POST /v1/reservations/:id/fulfil',
  'POST /v1/batch',
  'GET /v1/stock/:sku/:location',
]);

/**
 * The like empty requests: beside each route of the server another one with the same schemas, hooks, logging and
 * metrics, of which the handler does nothing but answer what the route has answered once.
 */
export class Twins {
  readonly #replies = new Map<string, Reply>();

  learn(replies: readonly Reply[]): void {
    for (const reply of replies) this.#replies.set(`${reply.method} ${reply.route}`, reply);
  }

  /** To be called before the routes are registered. */
  addTo(app: App): void {
    app.addHook('onRoute', (route: RouteOptions) => {
      const name = `${String(route.method)} ${route.url}`;
      if (TWINNED.has(name)) this.#addTwin(app, route, name);
    });
  }

  /** Takes over what runs before the handler. What runs after it, the server adds to each route by itself. */
  #addTwin(app: App, route: RouteOptions, name: string): void {
    const { method, url, schema = {}, bodyLimit, preValidation } = route;
    app.route({
      method,
      url: TWIN_PREFIX + url,
      schema,
      ...(bodyLimit !== undefined && { bodyLimit }),
      ...(preValidation !== undefined && { preValidation }),
      handler: async (_request, reply) => {
        const { status, headers, body } = this.#known(name);
        return reply.code(status).headers(headers).send(body);
      },
    });
  }

  #known(name: string): Reply {
    const reply = this.#replies.get(name);
    if (reply === undefined) throw new Error(`nobody said how ${name} answers`);
    return reply;
  }
}
