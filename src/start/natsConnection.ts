import { readFile } from 'node:fs/promises';
import {
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import type { Config } from '../config/settings.ts';

export type NatsSettings = Pick<
  Config,
  'natsUser' | 'natsPassword' | 'natsToken' | 'natsCredentials' | 'natsCa' | 'natsCert' | 'natsKey'
>;

/** How long a server may take until it has let this node in. */
const CONNECT_MS_MAX = 5_000;
/** A server that is gone without a word is noticed after three of these. */
const PING_MS = 2_000;
const PINGS_UNANSWERED_MAX = 2;
/** Between two attempts to reach one server again, while the connection is lost. */
const RECONNECT_MS = 250;

/**
 * Opens a connection to NATS with this node's credentials, which are in no message of it. While it is lost it is opened
 * again, at any of the servers, for as long as the caller does not close it.
 * @param servers addresses, `nats://host:port` or `tls://host:port`
 * @param name what operators of NATS see
 * @throws {Error} nobody lets it in, or a file with credentials cannot be read
 */
export async function connectNats(
  settings: NatsSettings,
  servers: readonly string[],
  name: string,
): Promise<NatsConnection> {
  return connect({
    ...(await credentialsOf(settings)),
    ...tlsOf(settings, servers),
    servers: [...servers],
    name,
    timeout: CONNECT_MS_MAX,
    pingInterval: PING_MS,
    maxPingOut: PINGS_UNANSWERED_MAX,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    // A server that forgets its users for a moment, as when it reads its settings anew, must not end it for ever.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  });
}

async function credentialsOf(settings: NatsSettings): Promise<NodeConnectionOptions> {
  const { natsUser: user, natsPassword: pass, natsToken: token, natsCredentials: file } = settings;
  if (user !== null && pass !== null) return { user, pass };
  if (token !== null) return { token };
  if (file === null) return {};
  return { authenticator: credsAuthenticator(await readFile(file)) };
}

/** Where the server offers TLS it is used in any case. */
function tlsOf(
  { natsCa: caFile, natsCert: certFile, natsKey: keyFile }: NatsSettings,
  servers: readonly string[],
): NodeConnectionOptions {
  const isAsked = servers.some((server) => server.startsWith('tls:'));
  if (!isAsked && caFile === null && certFile === null) return {};
  const own = certFile !== null && keyFile !== null ? { certFile, keyFile } : {};
  return { tls: { ...(caFile !== null && { caFile }), ...own } };
}
