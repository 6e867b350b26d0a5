import type { Socket } from 'node:net';
import type { onResponseHookHandler, RouteOptions } from 'fastify';
import type { RouteMeter } from '../observability/routeMeters.ts';
import type { AnyReply, AnyRequest, App } from './fastify.ts';
import type { HttpParts } from './parts.ts';

/** Stands for the route pattern of a path that is none, in logs and metrics. */
const NO_ROUTE = '(none)';
/** Stands for the method of such a request in metrics, so that nobody can make up label values. */
const ANY_METHOD = '(any)';
/** Stands for the method of what was not HTTP enough to have one. */
const NO_METHOD = '(none)';

export type LogParts = Pick<HttpParts, 'logger' | 'metrics' | 'settings'>;

/** Logs and measures every request of every route, by its pattern: a path may hold names, and there is no end of them. */
export function logAccess(app: App, parts: LogParts): void {
  app.server.on('connection', rememberAddress);
  app.addHook('onRoute', (route: RouteOptions) => {
    const meters = new Map(
      [route.method].flat().map((method) => [method, parts.metrics.route(method, route.url)]),
    );
    const own = route.onResponse ?? [];
    route.onResponse = [...[own].flat(), finisher(parts, meters, route.url)];
  });
}

/** Node can look up the address of a connection only while it lasts, and keeps what it has looked up once. */
function rememberAddress(socket: Socket): void {
  void socket.remoteAddress;
}

/** Logs and measures what has no route. */
export function unroutedFinisher(parts: LogParts): onResponseHookHandler {
  return finisher(parts, new Map(), NO_ROUTE);
}

/** Logs and measures a request that no hook sees, because the router cannot read its path. */
export function noteUnhooked(parts: LogParts, request: AnyRequest, reply: AnyReply): void {
  reply.header('x-request-id', request.id);
  const meter = parts.metrics.route(ANY_METHOD, NO_ROUTE);
  reply.raw.once('finish', () => note(parts, meter, request, reply, NO_ROUTE));
}

function finisher(
  parts: LogParts,
  meters: ReadonlyMap<string, RouteMeter>,
  route: string,
): onResponseHookHandler {
  return (request: AnyRequest, reply: AnyReply, done: () => void) => {
    const meter = meters.get(request.method) ?? parts.metrics.route(ANY_METHOD, route);
    note(parts, meter, request, reply, route);
    done();
  };
}

function note(
  parts: LogParts,
  meter: RouteMeter,
  request: AnyRequest,
  { statusCode, elapsedTime }: AnyReply,
  route: string,
): void {
  meter.observe(statusCode, elapsedTime);
  logRequest(parts, request, route, statusCode, elapsedTime);
}

/** Notes a request whose client has gone: Fastify sees only those end whose answer was taken. */
export function noteLost(
  parts: LogParts,
  request: AnyRequest,
  { elapsedTime }: AnyReply,
  status: number,
): void {
  const { url } = request.routeOptions;
  const method = url === undefined ? ANY_METHOD : request.method;
  parts.metrics.route(method, url ?? NO_ROUTE).observe(status, elapsedTime);
  logRequest(parts, request, url ?? NO_ROUTE, status, elapsedTime);
}

/** Notes an answer to what was no request. How long that took to arrive is not known. */
export function noteBroken(
  parts: LogParts,
  requestId: string,
  status: number,
  address: string | undefined,
): void {
  parts.metrics.route(ANY_METHOD, NO_ROUTE).observe(status, 0);
  writeLine(parts, {
    requestId,
    method: NO_METHOD,
    route: NO_ROUTE,
    status,
    durationMs: 0,
    address,
    actor: '',
  });
}

function logRequest(
  parts: LogParts,
  request: AnyRequest,
  route: string,
  status: number,
  elapsedMs: number,
): void {
  const { id: requestId, method, ip: address, actor } = request;
  const durationMs = Math.round(elapsedMs * 1_000) / 1_000;
  writeLine(parts, { requestId, method, route, status, durationMs, address, actor });
}

interface AccessLine {
  readonly requestId: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly address: string | undefined;
  /** Empty where it was not asked. */
  readonly actor: string;
}

function writeLine({ logger, settings }: LogParts, line: AccessLine): void {
  if (settings.requestLog) logger.info(line);
}
