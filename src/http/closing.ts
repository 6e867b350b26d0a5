import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { EventStreams } from './eventStream.ts';
import type { App } from './fastify.ts';

/**
 * Ends connections when the server closes, each after the last answer that it waits for. A connection that is kept alive
 * would keep the server from ending, so these answers tell their client not to ask for more on it: what it asked for then
 * might be done, but could not be answered any more.
 */
export function endConnectionsOnClose(app: App, streams: EventStreams): void {
  const newest = newestAnswers(app);
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    streams.closeAll();
    for (const answer of newest.values()) {
      if (!answer.headersSent) answer.shouldKeepAlive = false;
    }
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { socket } = request.raw;
    if (closing && newest.get(socket) === reply.raw) socket.end();
    done();
  });
}

/** The answer to the newest request of each open connection. */
function newestAnswers({ server }: App): ReadonlyMap<Socket, ServerResponse> {
  const newest = new Map<Socket, ServerResponse>();
  server.on('connection', (socket: Socket) => socket.once('close', () => newest.delete(socket)));
  server.on('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
    newest.set(socket, answer);
  });
  return newest;
}
