import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { LinkProxy } from '../linkProxy.ts';
import { freePort } from '../postgres/freePort.ts';
import { type NatsOptions, NatsServer, startNats } from './server.ts';

const SERVERS = 3;
const WAIT_MS = 30_000;
const POLL_MS = 20;

/** Three servers on loopback that keep streams together. The first takes leaf nodes, over a line that can be cut. */
export class NatsCluster {
  readonly servers: readonly NatsServer[];
  readonly leafLine: LinkProxy;

  private constructor(servers: readonly NatsServer[], leafLine: LinkProxy) {
    this.servers = servers;
    this.leafLine = leafLine;
  }

  static async start(options: Pick<NatsOptions, 'jetStream'> = {}): Promise<NatsCluster> {
    const [leafPort = 0, ...routePorts] = await freePorts(1 + SERVERS);
    const leafLine = await LinkProxy.to(`http://127.0.0.1:${leafPort}`);
    const routes = routePorts.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
    const servers = routePorts.map((port, i) => {
      const name = `server_name: "n${i}"`;
      const group = `cluster { name: "chain", listen: "127.0.0.1:${port}", routes: [${routes}], no_advertise: true }`;
      // A leaf node would learn of a way around the line.
      const { host } = new URL(leafLine.url);
      const leaves = `leafnodes { listen: "127.0.0.1:${leafPort}", advertise: "${host}" }`;
      const configuration = [name, group, i === 0 ? leaves : ''].join('\n');
      return new NatsServer({ ...options, configuration });
    });
    const cluster = new NatsCluster(servers, leafLine);
    await Promise.all(servers.map((server) => server.start()));
    await cluster.ready();
    return cluster;
  }

  /** All addresses, with commas between them. */
  get url(): string {
    return this.servers.map(({ url }) => url).join(',');
  }

  /** Waits until the servers agree on who leads them, and on the leader of each stream. */
  async ready(): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    while (!(await this.#isReady())) {
      if (performance.now() > deadline) throw new Error('the cluster found no leader');
      await pause(POLL_MS);
    }
  }

  /** The server that leads a stream. */
  async leaderOf(stream: string): Promise<NatsServer> {
    const name = (await this.info(stream)).cluster?.leader;
    const server = this.servers[Number(name?.slice(1))];
    if (server === undefined) throw new Error(`${stream} has no leader`);
    return server;
  }

  async info(stream: string): Promise<StreamInfo> {
    return this.#ask((jsm) => jsm.streams.info(stream));
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
    this.leafLine.close();
  }

  async #isReady(): Promise<boolean> {
    try {
      const streams = await this.#ask((jsm) => jsm.streams.list().next());
      return streams.every(({ cluster }) => cluster?.leader !== undefined);
    } catch {
      return false;
    }
  }

  async #ask<T>(question: (jsm: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<T>) {
    const nc = await connect({ servers: this.servers.map(({ url }) => url), timeout: 1_000 });
    try {
      return await question(await jetstreamManager(nc, { timeout: 1_000 }));
    } finally {
      await nc.close();
    }
  }
}

/** A server in a shop, by which its node reaches the others. It keeps nothing itself, unless told otherwise. */
export function startLeaf(
  { leafLine }: NatsCluster,
  jetStream: NatsOptions['jetStream'] = null,
): Promise<NatsServer> {
  const { host } = new URL(leafLine.url);
  const configuration = `
server_name: "leaf"
leafnodes { remotes: [{ urls: ["nats-leaf://${host}"] }], reconnect: 1 }`;
  return startNats({ configuration, jetStream });
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
