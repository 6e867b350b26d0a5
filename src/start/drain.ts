import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { CommandError } from '../cli/exitCodes.ts';
import type { App } from '../http/fastify.ts';

/** After this share of the drain time, connections are cut whose clients do not send or take what they began. */
const CUT_SHARE = 0.5;

/** What was sent on a new connection just before has this long to be seen. */
const UNUSED_GRACE_MS = 100;

/**
 * Closes an HTTP server so that a client cannot hold it up: `listening`, then `close` answers what has arrived, and
 * after a while cuts what is left. Node itself waits for connections on which nothing was ever asked, such as browsers
 * open in advance.
 */
export class Drainable {
  readonly #app: App;
  readonly #unused = new Set<Socket>();

  constructor(app: App) {
    this.#app = app;
    const server: Server = app.server;
    server.on('connection', (socket) => {
      this.#unused.add(socket);
      socket.once('close', () => this.#unused.delete(socket));
    });
    for (const use of ['request', 'upgrade']) {
      server.on(use, ({ socket }) => this.#unused.delete(socket));
    }
  }

  async close(boundMs: number): Promise<void> {
    const cutUnused = setTimeout(() => this.#cutUnused(), UNUSED_GRACE_MS);
    const cutAll = setTimeout(() => this.#app.server.closeAllConnections(), boundMs * CUT_SHARE);
    await this.#app.close();
    clearTimeout(cutUnused);
    clearTimeout(cutAll);
  }

  #cutUnused(): void {
    for (const socket of this.#unused) socket.destroy();
  }
}

/**
 * Waits for the work, but not for ever.
 * @throws {CommandError} when the time is over
 */
export async function within(boundMs: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const fault = `what was accepted could not be finished within ${boundMs / 1_000} seconds; it was given up`;
  const timer = setTimeout(() => late.reject(new CommandError(fault)), boundMs);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
