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

export function finisher(parts: LogParts, method: string, route: string): onResponseHookHandler {
  const meter = parts.metrics.route(method, route);
  return (request: AnyRequest, reply: AnyReply, done: () => void) => {
    const { statusCode, elapsedTime } = reply;
    meter.observe(statusCode, elapsedTime);
    writeLine(parts, request, method, route, statusCode, elapsedTime);
    done();
  };
}

/** Notes a request whose client has gone: Fastify sees only those end whose answer was taken. */
export function noteLost(
  parts: LogParts,
  request: AnyRequest,
  { elapsedTime }: AnyReply,
  status: number,
): void {
  const { method } = request;
  const route = request.routeOptions.url ?? NO_ROUTE;
  parts.metrics.route(method, route).observe(status, elapsedTime);
  writeLine(parts, request, method, route, status, elapsedTime);
}

function writeLine(
  { logger, settings }: LogParts,
  request: AnyRequest,
  method: string,
  route: string,
  status: number,
  elapsedMs: number,
): void {
  if (!settings.requestLog) return;
  logger.info({
    requestId: request.id,
    method,
    route,
    status,
    durationMs: Math.round(elapsedMs * 1_000) / 1_000,
    address: request.ip,
    actor: request.actor,
  });
}
