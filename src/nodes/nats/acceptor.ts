import type { LinkHub } from '../transport.ts';
import { type Broker, brokerOn, type Connect } from './broker.ts';
import { brokerError } from './errors.ts';
import { HubServer } from './hubServer.ts';
import { HEARTBEAT_DEFAULT, type Heartbeat } from './options.ts';

/** Between two attempts to be there for shops: doubled from the least to the most. */
const PAUSE_MS_MIN = 250;
const PAUSE_MS_MAX = 5_000;

const IMPOSSIBLE = 'links over NATS are not possible';

export interface NatsAcceptorOptions {
  readonly connect: Connect;
  /** The JetStream domain of the servers that keep the stream; null where it is that of the connection. */
  readonly domain: string | null;
  readonly hub: LinkHub;
  /** The hub's name. */
  readonly name: string;
  readonly heartbeat?: Heartbeat;
  /** Is told why links over NATS are not possible at present. */
  readonly onFault: (error: Error) => void;
  /** Is told that they are possible, at first or again. */
  readonly onReady: () => void;
}

/**
 * Takes links of shops by way of NATS servers: `reaching` them until they let this server in and keep its stream, then
 * `serving` until they are lost, and again; `closing` for good. Nobody waits for it: the hub sells all the while.
 */
export class NatsAcceptor {
  readonly #options: NatsAcceptorOptions;
  readonly #closing = Promise.withResolvers<void>();
  readonly #ended: Promise<void>;
  #isOpen = true;
  #pauseMs = PAUSE_MS_MIN;
  #problem: string | null = `${IMPOSSIBLE}: their servers have not answered yet`;

  constructor(options: NatsAcceptorOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  /** Why links over NATS are not possible at present; null where they are. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Ends all links, and takes no more. @returns when they are closed, which takes a few seconds at most */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#closing.resolve();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (this.#isOpen) {
      try {
        await this.#serve();
      } catch (error) {
        this.#noteFault(error);
      }
      if (this.#isOpen) await this.#pause();
    }
  }

  async #serve(): Promise<void> {
    const { connect, domain } = this.#options;
    const connecting = connect();
    const nc = await Promise.race([connecting, this.#closing.promise]);
    if (nc === undefined) {
      connecting.then((late) => late.close()).catch(() => undefined);
      return;
    }
    try {
      await this.#serveOn(await brokerOn(nc, domain));
    } finally {
      await nc.close();
    }
  }

  async #serveOn(broker: Broker): Promise<void> {
    const { hub, name, heartbeat = HEARTBEAT_DEFAULT } = this.#options;
    const server = await HubServer.open({ broker, hub, name, heartbeat });
    this.#pauseMs = PAUSE_MS_MIN;
    this.#noteReady();
    void this.#watch(broker);
    const closed = broker.nc.closed().then(() => 'the connection to NATS is closed');
    const stopped = this.#closing.promise.then(() => undefined);
    const fault = await Promise.race([server.ended, closed, stopped]);
    await server.close(fault ?? 'the server is going away');
    if (fault !== undefined) throw new Error(fault);
  }

  /** A connection that is lost is opened again by itself, at any of the servers: until then no link works. */
  async #watch({ nc }: Broker): Promise<void> {
    for await (const { type } of nc.status()) {
      if (!this.#isOpen || nc.isClosed()) return;
      if (type === 'disconnect')
        this.#noteFault(new Error('the connection to their servers is lost'));
      if (type === 'reconnect') this.#noteReady();
    }
  }

  #noteFault(cause: unknown): void {
    const fault = brokerError(IMPOSSIBLE, cause);
    this.#problem = fault.message;
    this.#options.onFault(fault);
  }

  #noteReady(): void {
    this.#problem = null;
    this.#options.onReady();
  }

  async #pause(): Promise<void> {
    const ms = this.#pauseMs;
    this.#pauseMs = Math.min(2 * ms, PAUSE_MS_MAX);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([promise, this.#closing.promise]);
    clearTimeout(timer);
  }
}
