import type { AddressInfo } from 'node:net';
import type { App } from '../../src/http/fastify.ts';
import type { ApiKey } from '../../src/http/identity.ts';
import { LinkAcceptor } from '../../src/nodes/http/acceptor.ts';
import { createDialer, type DialerOptions } from '../../src/nodes/http/dialer.ts';
import type { Heartbeat } from '../../src/nodes/http/options.ts';
import type { Connection } from '../../src/nodes/transport.ts';
import { openServer, type TestServer } from './httpServer.ts';
import { LinkProxy } from './linkProxy.ts';

const NODE = 'store-12';
const SECRET = 'hush';

export interface LinkStageOptions {
  readonly apiKeys?: readonly ApiKey[];
  readonly heartbeat?: Heartbeat;
  /** The server is not a hub. */
  readonly noHub?: boolean;
  /** The hub cannot look up who asks. */
  readonly brokenHub?: boolean;
  /** Sent by the hub as soon as a link is open. */
  readonly greeting?: string;
}

/** A server on loopback that takes the links of one node, and whoever dials it. */
export class LinkStage {
  readonly #server: TestServer;
  readonly #options: LinkStageOptions;
  readonly #accepted: Connection[];
  readonly #waiting: ((connection: Connection) => void)[];
  readonly #dialled: Connection[] = [];
  readonly #proxies: LinkProxy[] = [];
  readonly url: string;

  private constructor(
    server: TestServer,
    options: LinkStageOptions,
    accepted: Connection[],
    waiting: ((connection: Connection) => void)[],
  ) {
    this.#server = server;
    this.#options = options;
    this.#accepted = accepted;
    this.#waiting = waiting;
    this.url = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
  }

  static async open(options: LinkStageOptions = {}): Promise<LinkStage> {
    const { apiKeys = [], heartbeat, noHub, brokenHub, greeting } = options;
    const accepted: Connection[] = [];
    const waiting: ((connection: Connection) => void)[] = [];
    const hub = {
      async authenticate(node: string, secret: string) {
        if (brokenHub) throw new Error('the database is away');
        return node === NODE && secret === SECRET;
      },
      accept(_node: string, connection: Connection) {
        if (greeting !== undefined) connection.send(greeting);
        const next = waiting.shift();
        if (next === undefined) accepted.push(connection);
        else next(connection);
      },
    };
    const links = new LinkAcceptor(hub, heartbeat);
    const parts = noHub ? {} : { links };
    const server = await openServer({ settings: { apiKeys }, parts });
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    return new LinkStage(server, options, accepted, waiting);
  }

  get app(): App {
    return this.#server.app;
  }

  get log(): TestServer['log'] {
    return this.#server.log;
  }

  async dial(options: Partial<DialerOptions> & { secret?: string } = {}) {
    const { secret = SECRET, ...rest } = options;
    const { heartbeat } = this.#options;
    const dialer = createDialer({
      hub: this.url,
      node: NODE,
      ...(heartbeat && { heartbeat }),
      ...rest,
    });
    const connection = await dialer.dial(secret);
    this.#dialled.push(connection);
    return connection;
  }

  /** Both ends of a new link. */
  async connect(options: Partial<DialerOptions> = {}) {
    const [shop, hub] = await Promise.all([this.dial(options), this.nextAtHub()]);
    return { shop, hub };
  }

  async nextAtHub(): Promise<Connection> {
    return this.#accepted.shift() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  async proxy(): Promise<LinkProxy> {
    const proxy = await LinkProxy.to(this.url);
    this.#proxies.push(proxy);
    return proxy;
  }

  async close(): Promise<void> {
    for (const connection of this.#dialled) connection.close('the test is over');
    await this.#server.close();
    for (const proxy of this.#proxies) proxy.close();
  }
}
