import { setTimeout as pause } from 'node:timers/promises';
import { type JetStreamManager, jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { LinkProxy } from '../linkProxy.ts';
import { freePort } from '../postgres/freePort.ts';
import { type NatsOptions, NatsServer, startNats } from './server.ts';

const SERVERS = 3;
const WAIT_MS = 60_000;
const POLL_MS = 20;
const ANSWER_MS_MAX = 1_000;

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

  /** Waits until each of the servers knows who leads them, and the leader of each stream: one that was just started may not. */
  async ready(): Promise<void> {
    await Promise.all(this.servers.map(({ url }) => eventually(() => expectLeaders(url))));
  }

  /** The server that leads a stream. */
  async leaderOf(stream: string): Promise<NatsServer> {
    return eventually(async () => {
      const name = (await this.info(stream)).cluster?.leader;
      const server = this.servers[Number(name?.slice(1))];
      if (server === undefined) throw new Error(`${stream} has no leader`);
      return server;
    });
  }

  async info(stream: string): Promise<StreamInfo> {
    return eventually(() => ask(this.url, (jsm) => jsm.streams.info(stream)));
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
    this.leafLine.close();
  }
}

/** @throws when the server does not know who leads */
async function expectLeaders(url: string): Promise<void> {
  const streams = await ask(url, (jsm) => jsm.streams.list().next());
  for (const { cluster, config } of streams) {
    if (cluster?.leader === undefined) throw new Error(`${config.name} has no leader`);
  }
}

/** @param urls with commas between them; any of them is asked */
async function ask<T>(urls: string, question: (jsm: JetStreamManager) => Promise<T>): Promise<T> {
  const nc = await connect({ servers: urls.split(','), timeout: ANSWER_MS_MAX });
  try {
    return await question(await jetstreamManager(nc, { timeout: ANSWER_MS_MAX }));
  } finally {
    await nc.close();
  }
}

/** Tries until it succeeds, for who asks while there is no leader gets no answer at all. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(POLL_MS);
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
