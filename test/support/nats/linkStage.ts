import { hash } from 'node:crypto';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { NatsAcceptor } from '../../../src/nodes/nats/acceptor.ts';
import { createNatsDialer, type NatsDialerOptions } from '../../../src/nodes/nats/dialer.ts';
import type { Heartbeat } from '../../../src/nodes/nats/options.ts';
import type { Connection, LinkHub } from '../../../src/nodes/transport.ts';

const HUB = 'hub';
const NODE = 'store-12';
const SECRET = 'hush';

export interface NatsStageOptions {
  /** Where the hub connects to. */
  readonly hubAt: string;
  /** Where the shop connects to; where the hub does, unless given. */
  readonly shopAt?: string;
  readonly hub?: string;
  readonly heartbeat?: Heartbeat;
  /** The hub cannot look up who asks. */
  readonly brokenHub?: boolean;
  /** Sent by the hub as soon as a link is open. */
  readonly greeting?: string;
  readonly domain?: string;
}

/** A hub that takes the links of one node over NATS, and whoever dials it. */
export class NatsStage {
  readonly #options: NatsStageOptions;
  readonly #acceptor: NatsAcceptor;
  readonly #accepted: Connection[] = [];
  readonly #waiting: ((connection: Connection) => void)[] = [];
  readonly #dialled: Connection[] = [];
  /** What was said of those whom the hub did not believe. */
  readonly refused: string[] = [];
  readonly faults: string[] = [];

  constructor(options: NatsStageOptions) {
    this.#options = options;
    const { hubAt, hub = HUB, heartbeat, domain = null } = options;
    this.#acceptor = new NatsAcceptor({
      hub: this.#linkHub(),
      name: hub,
      domain,
      ...(heartbeat && { heartbeat }),
      connect: () => connectTo(hubAt),
      onFault: ({ message }) => this.faults.push(message),
      onReady: () => undefined,
    });
  }

  async dial(options: Partial<NatsDialerOptions> & { secret?: string } = {}): Promise<Connection> {
    const { secret = SECRET, ...rest } = options;
    const { hubAt, shopAt = hubAt, hub = HUB, heartbeat } = this.#options;
    const dialer = createNatsDialer({
      hub,
      node: NODE,
      address: shopAt,
      connect: () => connectTo(shopAt),
      ...(heartbeat && { heartbeat }),
      ...rest,
    });
    const connection = await dialer.dial(secret);
    this.#dialled.push(connection);
    return connection;
  }

  /** Dials until the hub is there. */
  async dialWhenReady(): Promise<Connection> {
    for (;;) {
      try {
        return await this.dial();
      } catch (error) {
        if (!String(error).includes('no hub named')) throw error;
      }
    }
  }

  /** Both ends of a new link. */
  async connect() {
    const [shop, hub] = await Promise.all([this.dialWhenReady(), this.nextAtHub()]);
    return { shop, hub };
  }

  async nextAtHub(): Promise<Connection> {
    return this.#accepted.shift() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  async closeHub(): Promise<void> {
    await this.#acceptor.close();
  }

  async close(): Promise<void> {
    for (const connection of this.#dialled) connection.close('the test is over');
    await Promise.all(this.#dialled.map(untilClosed));
    await this.#acceptor.close();
  }

  #linkHub(): LinkHub {
    const { brokenHub, greeting } = this.#options;
    return {
      secretHashOf: async (node) => (node === NODE ? hash('sha256', SECRET) : undefined),
      authenticate: async (node, secret) => {
        if (brokenHub) throw new Error('the database is away');
        const isProven = node === NODE && secret === SECRET;
        if (!isProven) this.refused.push(node);
        return isProven;
      },
      accept: (_node, connection) => {
        if (greeting !== undefined) connection.send(greeting);
        const next = this.#waiting.shift();
        if (next === undefined) this.#accepted.push(connection);
        else next(connection);
      },
    };
  }
}

function connectTo(servers: string): Promise<NatsConnection> {
  return connect({
    servers: servers.split(','),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    timeout: 2_000,
    pingInterval: 1_000,
    maxPingOut: 2,
    noAsyncTraces: true,
  });
}

export function untilTexts(end: Connection, count: number): Promise<readonly string[]> {
  const texts: string[] = [];
  return new Promise((resolve, reject) => {
    end.onClose(reject);
    end.onText((text) => {
      if (texts.push(text) === count) resolve(texts);
    });
  });
}

export function untilClosed(end: Connection): Promise<string> {
  return new Promise((resolve) => end.onClose(resolve));
}
