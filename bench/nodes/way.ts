import { NatsCluster } from '../../test/support/nats/cluster.ts';
import { startNats } from '../../test/support/nats/server.ts';
import type { NodeProcess } from './nodeProcess.ts';

export const TRANSPORTS = ['websocket', 'nats', 'nats-cluster'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** By what a shop reaches its hub. */
export interface Way {
  /** What the hub is started with. */
  readonly flags: readonly string[];
  /** What the shop connects to, to stand a relay before it. */
  target(hub: NodeProcess): URL;
  /** How the shop is told of the relay. */
  address(relay: string): string;
  close(): Promise<void>;
}

/** @param transport with `nats` one server keeps the stream, with `nats-cluster` three of them do */
export async function openWay(transport: Transport): Promise<Way> {
  if (transport === 'websocket') return WEB_SOCKET;
  if (transport === 'nats') {
    const server = await startNats();
    return over([server.port], server.url, () => server.close());
  }
  const cluster = await NatsCluster.start();
  const ports = cluster.servers.map(({ port }) => port);
  return over(ports, cluster.url, () => cluster.close());
}

const WEB_SOCKET: Way = {
  flags: [],
  target: ({ url }) => new URL(url),
  address: (relay) => relay,
  close: () => Promise.resolve(),
};

function over([port]: readonly number[], servers: string, close: () => Promise<void>): Way {
  return {
    flags: ['--nats', servers],
    target: () => new URL(`http://127.0.0.1:${port}`),
    address: (relay) => `nats://${new URL(relay).host}/hub`,
    close,
  };
}
