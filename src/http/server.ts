import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify } from 'fastify';
import { logAccess, noteUnhooked, unroutedFinisher } from './accessLog.ts';
import { answerBrokenHttp } from './brokenHttp.ts';
import { endConnectionsOnClose } from './closing.ts';
import { createErrorHandler } from './errors.ts';
import { EventStreams, STREAMS_MAX_DEFAULT } from './eventStream.ts';
import type { AnyRequest, App } from './fastify.ts';
import { createIdentify, type Identify } from './identity.ts';
import { useJsonBodies } from './jsonBody.ts';
import { collectOpenApi, openApiRoutes } from './openapi.ts';
import type { HttpParts } from './parts.ts';
import { redocRoutes } from './redoc.ts';
import { createRequestIds } from './requestIds.ts';
import { availabilityRoutes } from './routes/availability.ts';
import { batchRoutes } from './routes/batch.ts';
import { demandRoutes } from './routes/demand.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { isLinkPath, linkRoutes } from './routes/links.ts';
import { locationRoutes } from './routes/locations.ts';
import { metricsRoute } from './routes/metrics.ts';
import { movementRoutes } from './routes/movements.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { problemRoutes } from './routes/problems.ts';
import { productRoutes } from './routes/products.ts';
import { reservationStepRoutes } from './routes/reservationSteps.ts';
import { reservationRoutes } from './routes/reservations.ts';
import { stockRoutes } from './routes/stock.ts';
import { stockDetailRoutes } from './routes/stockDetails.ts';
import { transferRoutes } from './routes/transfers.ts';
import { noSuchRoute, noteRoutes, type RouteTable } from './routeTable.ts';
import { SHARED_SCHEMAS } from './schemas/shared.ts';
import { refuseBadQuery } from './urls.ts';
import { createValidatorCompiler, formatSchemaErrors } from './validation.ts';

/** Bytes of a body, but for batches, which have a limit of their own. */
const BODY_BYTES_MAX = 1024 * 1024;
/** Characters of a path parameter: longer ones are left to the check of identifiers, which says what is wrong. */
const PARAMETER_LENGTH_MAX = 16 * 1024;
/** How long a request may take to arrive in full. It is looked at every so often, so it may take that much longer. */
const REQUEST_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_CHECK_MS = 5_000;

/**
 * The HTTP edge. It does not listen yet: call `listen`, and `close` to finish what was accepted and end.
 * Nothing that it was given is closed with it.
 */
export async function createHttpServer(parts: HttpParts): Promise<App> {
  const app = createApp(parts);
  const table = noteRoutes(app);
  const identify = createIdentify(parts.settings.apiKeys);
  const streams = new EventStreams(parts.settings.streamsMax ?? STREAMS_MAX_DEFAULT);
  logAccess(app, parts);
  refuseUnknownRoutes(app, parts, table, identify);
  endConnectionsOnClose(app, streams);
  await collectOpenApi(app, parts.version);
  healthRoutes(app, parts);
  if (parts.links) await linkRoutes(app, parts.links);
  await app.register(async (guarded: App) => {
    guarded.addHook('onRequest', (request, _reply, done) => {
      request.actor = identify(request);
      done();
    });
    parts.extend?.(guarded);
    resourceRoutes(guarded, parts, streams);
    await openApiRoutes(guarded);
  });
  return app;
}

function resourceRoutes(app: App, parts: HttpParts, streams: EventStreams): void {
  productRoutes(app, parts);
  locationRoutes(app, parts);
  movementRoutes(app, parts);
  stockRoutes(app, parts);
  stockDetailRoutes(app, parts);
  availabilityRoutes(app, parts);
  demandRoutes(app, parts);
  reservationRoutes(app, parts);
  reservationStepRoutes(app, parts);
  transferRoutes(app, parts);
  batchRoutes(app, parts);
  nodeRoutes(app, parts);
  eventRoutes(app, parts, streams);
  metricsRoute(app, parts);
  problemRoutes(app);
  redocRoutes(app);
}

function createApp(parts: HttpParts): App {
  const nextRequestId = createRequestIds();
  const onError = createErrorHandler(parts);
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Node takes the longer of the two time-outs for the whole request; that of the headers would be a minute.
    http: {
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: REQUEST_TIMEOUT_CHECK_MS,
      shouldUpgradeCallback: ({ url }) => parts.links !== undefined && isLinkPath(url),
    },
    return503OnClosing: false,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    genReqId: nextRequestId,
    clientErrorHandler: (error, socket) =>
      answerBrokenHttp(parts, error, socket, nextRequestId({ headers: {} })),
    frameworkErrors(error, request, reply) {
      noteUnhooked(parts, request, reply);
      onError(error, request, reply);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.decorateRequest('actor', '');
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    refuseBadQuery(request.url);
    done();
  });
  app.setErrorHandler(onError);
  app.setSchemaErrorFormatter(formatSchemaErrors);
  app.setValidatorCompiler(createValidatorCompiler(SHARED_SCHEMAS));
  // Answers are built in the shape of their schemas, so nothing needs to be left out when they are written. Serialisers
  // made from the schemas were no faster (1.1 to 1.9 µs for a reservation either way) and took two seconds to make.
  app.setSerializerCompiler(() => JSON.stringify);
  for (const schema of SHARED_SCHEMAS) app.addSchema(schema);
  useJsonBodies(app);
  return app;
}

/** Before any body is read: what has no route needs no parsing. */
function refuseUnknownRoutes(
  app: App,
  parts: HttpParts,
  table: RouteTable,
  identify: Identify,
): void {
  const refuse = (request: AnyRequest) => {
    request.actor = identify(request);
    throw noSuchRoute(table, request.method, request.url);
  };
  const finish = unroutedFinisher(parts);
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.is404) refuse(request);
    done();
  });
  app.addHook('onResponse', function (request, reply, done) {
    if (request.is404) finish.call(this, request, reply, done);
    else done();
  });
  app.setNotFoundHandler(refuse);
}
