import type { onResponseHookHandler, RouteOptions } from 'fastify';
import type { AnyReply, AnyRequest, App } from './fastify.ts';
import type { HttpParts } from './parts.ts';

/** Stands for the route pattern of a path that is none, in logs and metrics. */
export const NO_ROUTE = '(none)';

type LogParts = Pick<HttpParts, 'logger' | 'metrics' | 'settings'>;

/** Logs and measures every request of every route, by its pattern: a path may hold names, and there is no end of them. */
export function logAccess(app: App, parts: LogParts): void {
  app.addHook('onRoute', (route: RouteOptions) => {
    const method = Array.isArray(route.method) ? route.method.join('|') : route.method;
    const own = route.onResponse ?? [];
    route.onResponse = [...(Array.isArray(own) ? own : [own]), finisher(parts, method, route.url)];
  });
}

/** What a request is logged and measured with. */
export interface Finish {
  status: number;
  durationMs: number;
}

/** Notes the end of a request. Streams call it themselves, for they end without Fastify seeing it. */
export function noteEnd(
  { logger, settings }: LogParts,
  request: AnyRequest,
  method: string,
  route: string,
  { status, durationMs }: Finish,
): void {
  if (!settings.requestLog) return;
  logger.info({
    requestId: request.id,
    method,
    route,
    status,
    durationMs: Math.round(durationMs * 1_000) / 1_000,
    address: request.ip,
    actor: request.actor,
  });
}

export function finisher(parts: LogParts, method: string, route: string): onResponseHookHandler {
  const meter = parts.metrics.route(method, route);
  return (request: AnyRequest, reply: AnyReply, done: () => void) => {
    const durationMs = reply.elapsedTime;
    const status = reply.statusCode;
    meter.observe(status, durationMs);
    noteEnd(parts, request, method, route, { status, durationMs });
    done();
  };
}
