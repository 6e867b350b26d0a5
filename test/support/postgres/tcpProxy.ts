import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { freePort } from './freePort.ts';
import { type Judge, ProxiedConnection } from './proxiedConnection.ts';

export type { Verdict } from './proxiedConnection.ts';

/** How often a port is tried that somebody else may just have taken. */
const START_ATTEMPTS_MAX = 5;

/**
 * Stands on loopback between a client and PostgreSQL, and makes the network between them as bad as a test needs it.
 * What is set holds for the connections that there are and for those to come.
 */
export class TcpProxy {
  readonly #target: URL;
  readonly #listener = net.createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  readonly #connections = new Set<ProxiedConnection>();
  readonly #port: number;
  #frozen = false;
  #delayMs = 0;
  #judge: Judge = () => 'forward';

  private constructor(target: URL, port: number) {
    this.#target = target;
    this.#port = port;
  }

  /** @param url the address of the database that the proxy stands before, unencrypted */
  static async to(url: string): Promise<TcpProxy> {
    for (let attempt = 1; ; attempt += 1) {
      // Not one of those that connections are given, which might have it while new ones are refused.
      const proxy = new TcpProxy(new URL(url), await freePort());
      try {
        await proxy.accept();
        return proxy;
      } catch (error) {
        if (attempt === START_ATTEMPTS_MAX) throw error;
      }
    }
  }

  /** The address of the database, through the proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.href;
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#connections.size;
  }

  /**
   * Asks `judge` about each message of the clients from now on. A statement is carried out at `Q`, or at `E` and the `S`
   * after it; with prepared statements, `P` comes once only, so that `E` is the message to look at.
   */
  onFrontendMessage(judge: Judge): void {
    this.#judge = judge;
  }

  /** Resets all connections; new ones are taken. */
  cut(): void {
    for (const connection of this.#connections) connection.cut();
  }

  /** From now on no byte passes in either direction, and nobody is told. */
  freeze(): void {
    this.#frozen = true;
    for (const connection of this.#connections) connection.freeze();
  }

  thaw(): void {
    this.#frozen = false;
    for (const connection of this.#connections) connection.thaw();
  }

  /** Each byte that comes from now on takes so long, in each direction. */
  delay(ms: number): void {
    this.#delayMs = ms;
    for (const connection of this.#connections) connection.delay(ms);
  }

  /** Passes on what was held back. */
  letThrough(): void {
    for (const connection of this.#connections) connection.letThrough();
  }

  /** Clients of which something is held back see a reset; what is held back can still be passed on. */
  dropHeld(): void {
    for (const connection of this.#connections) connection.dropHeld();
  }

  /** @returns when the server has done all that it was sent by clients that are gone */
  async clientsGone(): Promise<void> {
    const orphans = [...this.#connections].filter(({ isOrphan }) => isOrphan);
    await Promise.all(orphans.map(({ closed }) => closed));
  }

  /** New connections are refused until `accept`; those that there are go on. */
  refuse(): void {
    this.#listener.close();
  }

  async accept(): Promise<void> {
    this.#listener.listen(this.#port, '127.0.0.1');
    await once(this.#listener, 'listening');
  }

  close(): void {
    this.refuse();
    this.cut();
  }

  #accept(client: Socket): void {
    client.setNoDelay();
    const port = Number(this.#target.port === '' ? 5432 : this.#target.port);
    const server = net.connect({ host: this.#target.hostname, port, allowHalfOpen: true });
    server.setNoDelay();
    const connection = new ProxiedConnection(client, server, (message) => this.#judge(message));
    connection.delay(this.#delayMs);
    if (this.#frozen) connection.freeze();
    this.#connections.add(connection);
    server.once('close', () => this.#connections.delete(connection));
  }
}
