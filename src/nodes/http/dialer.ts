import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import {
  type Connection,
  type Dialer,
  DialRefusedError,
  HubUnreachableError,
} from '../transport.ts';
import { WebSocketConnection } from './connection.ts';
import { HEARTBEAT_DEFAULT, type Heartbeat, LINKS_PATH, SOCKET_OPTIONS } from './options.ts';

/** How long the hub may take to answer. */
const CONNECT_MS_MAX = 10_000;

/** Bytes of a refusal that are read for what it says. */
const PROBLEM_BYTES_MAX = 16 * 1024;

/** What these say does not change by asking again soon: the node, its secret or the address is wrong. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [401, 'the hub does not know this node, or its token is wrong'],
  [403, 'the hub refuses this node'],
  [404, 'there is no hub at this address'],
]);

export interface DialerOptions {
  /** The hub's address, `http://host:port` or `https://host:port`. */
  readonly hub: string;
  /** This node's name. */
  readonly node: string;
  /** Longest time to wait for the hub; 10,000 unless given. */
  readonly connectMs?: number;
  readonly heartbeat?: Heartbeat;
}

/** Reaches a hub by a WebSocket, which a shop behind NAT can open. */
export function createDialer(options: DialerOptions): Dialer {
  const address = linkAddress(options.hub, options.node);
  return { dial: (secret) => open(address, secret, options) };
}

/** `https://hub:8080` becomes `wss://hub:8080/v1/links/store-12`. */
export function linkAddress(hub: string, node: string): string {
  const url = new URL(hub);
  const base = url.pathname.replace(/\/+$/, '');
  return `${url.protocol.replace('http', 'ws')}//${url.host}${base}${LINKS_PATH}/${encodeURIComponent(node)}`;
}

function open(
  address: string,
  secret: string,
  { connectMs = CONNECT_MS_MAX, heartbeat = HEARTBEAT_DEFAULT }: DialerOptions,
): Promise<Connection> {
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  const socket = new WebSocket(address, {
    ...SOCKET_OPTIONS,
    headers: { authorization: `Bearer ${secret}` },
    handshakeTimeout: connectMs,
  });
  let stream: IncomingMessage['socket'] | undefined;
  socket.once('upgrade', (response) => {
    stream = response.socket;
  });
  socket.once('open', () => {
    if (stream === undefined) reject(new Error('the connection has no socket'));
    else resolve(new WebSocketConnection(socket, stream, heartbeat));
  });
  socket.once('unexpected-response', (_request, response) => {
    void refusalOf(address, response).then(reject);
  });
  // What goes wrong later is the connection's to tell; this one must stay, or it would end the process.
  socket.on('error', (cause) => {
    reject(new HubUnreachableError(`${address}: ${cause.message}`, { cause }));
  });
  return promise;
}

async function refusalOf(address: string, response: IncomingMessage): Promise<Error> {
  const { statusCode = 0 } = response;
  const said = await detailOf(response);
  response.destroy();
  const refusal = REFUSALS.get(statusCode);
  const words = refusal ?? `the hub answered with status ${statusCode}`;
  const text = `${address}: ${words}${said === undefined ? '' : ` (${said})`}`;
  return refusal === undefined ? new HubUnreachableError(text) : new DialRefusedError(text);
}

/** What the answer says in words, where it is one of ours. */
async function detailOf(response: IncomingMessage): Promise<string | undefined> {
  try {
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > PROBLEM_BYTES_MAX) return undefined;
    }
    const problem: unknown = JSON.parse(text);
    const isProblem = typeof problem === 'object' && problem !== null && 'detail' in problem;
    return isProblem ? String(problem.detail) : undefined;
  } catch {
    return undefined;
  }
}
