import { splitNatsAddress } from '../config/addresses.ts';
import type { Config } from '../config/settings.ts';
import { NatsAcceptor, type NatsAcceptorOptions } from '../nodes/nats/acceptor.ts';
import { createNatsDialer } from '../nodes/nats/dialer.ts';
import type { Dialer, LinkHub } from '../nodes/transport.ts';
import { connectNats, type NatsSettings } from './natsConnection.ts';

export type NatsLinkSettings = NatsSettings & Pick<Config, 'natsDomain'>;

/** The name of the hub where its address names none: that of the guides. */
const HUB_DEFAULT = 'hub';

/** How a shop reaches its hub, whose address is that of NATS servers. */
export function natsDialer(settings: NatsLinkSettings, address: string, node: string): Dialer {
  const { servers, path } = splitNatsAddress(address);
  return createNatsDialer({
    hub: path === '' ? HUB_DEFAULT : path,
    node,
    address,
    connect: () => connectNats(settings, servers, `holdfast ${node}`),
  });
}

/** Takes links at the NATS servers of the settings, from now on. */
export function acceptOverNats(
  settings: NatsLinkSettings,
  address: string,
  name: string,
  hub: LinkHub,
  told: Pick<NatsAcceptorOptions, 'onFault' | 'onReady'>,
): NatsAcceptor {
  const { servers } = splitNatsAddress(address);
  const connect = () => connectNats(settings, servers, `holdfast ${name}`);
  return new NatsAcceptor({ hub, name, domain: settings.natsDomain, connect, ...told });
}
