import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { freePort } from './postgres/freePort.ts';
import { Lane } from './postgres/lane.ts';

/** Stands on loopback between two nodes, whatever they say to each other, and makes the network between them bad. */
export class LinkProxy {
  readonly #target: URL;
  readonly #listener = net.createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  readonly #pairs = new Set<Pair>();
  readonly #port: number;
  #frozen = false;
  #delayMs = 0;

  private constructor(target: URL, port: number) {
    this.#target = target;
    this.#port = port;
  }

  static async to(url: string): Promise<LinkProxy> {
    // Not one of those that connections are given, which might have it while nobody is let in.
    const proxy = new LinkProxy(new URL(url), await freePort());
    await proxy.accept();
    return proxy;
  }

  /** The address of what stands behind, through the proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.port = String(this.#port);
    return url.origin;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** From now on no byte passes in either direction, and nobody is told; new connections are made and hear nothing. */
  freeze(): void {
    this.#frozen = true;
    for (const pair of this.#pairs) for (const lane of pair.lanes) lane.freeze();
  }

  thaw(): void {
    this.#frozen = false;
    for (const pair of this.#pairs) for (const lane of pair.lanes) lane.thaw();
  }

  /** Each byte takes so long, in each direction. */
  delay(ms: number): void {
    this.#delayMs = ms;
    for (const pair of this.#pairs) for (const lane of pair.lanes) lane.delayMs = ms;
  }

  /** Resets all connections; new ones are taken. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
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
    const { hostname: host, port } = this.#target;
    const server = net.connect({ host, port: Number(port), allowHalfOpen: true });
    const pair = { client, server, lanes: [lane(client, server), lane(server, client)] };
    for (const one of pair.lanes) {
      one.delayMs = this.#delayMs;
      if (this.#frozen) one.freeze();
    }
    this.#pairs.add(pair);
    client.once('close', () => server.destroy());
    server.once('close', () => {
      client.destroy();
      for (const one of pair.lanes) one.close();
      this.#pairs.delete(pair);
    });
  }
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly lanes: readonly Lane[];
}

function lane(from: Socket, to: Socket): Lane {
  from.setNoDelay();
  // Whoever uses the connection sees the error at its own end.
  from.on('error', () => undefined);
  return new Lane(from, (bytes) => {
    if (bytes === 'end') to.end();
    else to.write(bytes);
  });
}
