import websocket from '@fastify/websocket';
import { isNodeName } from '../../config/settings.ts';
import type { LinkAcceptor } from '../../nodes/http/acceptor.ts';
import { LINKS_PATH, SOCKET_OPTIONS } from '../../nodes/http/options.ts';
import type { AnyRequest, App } from '../fastify.ts';
import { bearerOf } from '../identity.ts';
import { ProblemError } from '../problem.ts';
import { pathOf } from '../urls.ts';

const PATH = new RegExp(`^${LINKS_PATH}/[^/]+$`);

/** Only here may a client ask for a WebSocket; elsewhere the wish is ignored, as HTTP allows. */
export function isLinkPath(url: string | undefined): boolean {
  return url !== undefined && PATH.test(pathOf(url));
}

interface Params {
  readonly node: string;
}

/**
 * Where the nodes of shops connect. No API key guards it, nor the name that the server was reached by: a node proves
 * itself by the secret of its link, which no web page has.
 */
export async function linkRoutes(app: App, acceptor: LinkAcceptor): Promise<void> {
  await app.register(async (links: App) => {
    await links.register(websocket, {
      options: SOCKET_OPTIONS,
      // The connection has its own listener, and has said or will say why it ended.
      errorHandler: () => undefined,
      preClose: () => acceptor.close(),
    });
    links.route<{ Params: Params }>({
      method: 'GET',
      url: `${LINKS_PATH}/:node`,
      schema: { hide: true },
      onRequest: (request) => admit(acceptor, request, request.params.node),
      handler: () => {
        const detail =
          'Only nodes connect here, by a WebSocket. (A proxy must pass on the Upgrade header.)';
        throw new ProblemError('route_not_found', detail);
      },
      wsHandler: (socket, request) =>
        acceptor.accept(request.params.node, socket, request.raw.socket),
    });
  });
}

/** @throws {ProblemError} for whoever is not that node */
async function admit(acceptor: LinkAcceptor, request: AnyRequest, node: string): Promise<void> {
  const secret = bearerOf(request);
  if (secret === undefined || !isNodeName(node) || !(await acceptor.authenticate(node, secret))) {
    const detail = `This hub does not know a node ${node}, or its token is another one.`;
    throw new ProblemError('unauthorized', detail, {}, { 'www-authenticate': 'Bearer' });
  }
  request.actor = node;
}
