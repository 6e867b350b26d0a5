import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { freePort } from '../postgres/freePort.ts';
import { type NatsOptions, NatsServer, startNats } from './server.ts';

const SERVERS = 3;
const WAIT_MS = 30_000;
const POLL_MS = 20;

/** Three servers on loopback that keep streams together, with a port each for leaf nodes. */
export class NatsCluster {
  readonly servers: readonly NatsServer[];
  readonly #leafPorts: readonly number[];

  private constructor(servers: readonly NatsServer[], leafPorts: readonly number[]) {
    this.servers = servers;
    this.#leafPorts = leafPorts;
  }

  static async start(options: Pick<NatsOptions, 'jetStream'> = {}): Promise<NatsCluster> {
    const ports = await freePorts(2 * SERVERS);
    const [routePorts, leafPorts] = [ports.slice(0, SERVERS), ports.slice(SERVERS)];
    const routes = routePorts.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
    const servers = routePorts.map((port, i) => {
      const configuration = `
server_name: "n${i}"
cluster { name: "chain", listen: "127.0.0.1:${port}", routes: [${routes}] }
leafnodes { listen: "127.0.0.1:${leafPorts[i]}" }`;
      return new NatsServer({ ...options, configuration });
    });
    const cluster = new NatsCluster(servers, leafPorts);
    await Promise.all(servers.map((server) => server.start()));
    await cluster.ready();
    return cluster;
  }

  /** All addresses, with commas between them. */
  get url(): string {
    return this.servers.map(({ url }) => url).join(',');
  }

  /** Where leaf nodes connect to the first server, as `host:port`. */
  get leafAddress(): string {
    return `127.0.0.1:${this.#leafPorts[0]}`;
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
  hubAddress: string,
  jetStream: NatsOptions['jetStream'] = null,
): Promise<NatsServer> {
  const configuration = `
server_name: "leaf"
leafnodes { remotes: [{ urls: ["nats-leaf://${hubAddress}"] }], reconnect: 1 }`;
  return startNats({ configuration, jetStream });
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
