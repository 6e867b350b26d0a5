import { LinkProxy } from '../linkProxy.ts';
import type { NatsServer } from './server.ts';

/** A network that can be made bad between a node and its server of NATS. */
export async function lineTo({ port }: NatsServer): Promise<LinkProxy> {
  return LinkProxy.to(`http://127.0.0.1:${port}`);
}

/** The address of what stands behind the line, through it, as a shop is given it. */
export function natsAddress(line: LinkProxy, hub = 'hub'): string {
  return `nats://${new URL(line.url).host}/${hub}`;
}
