import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { LinkHub } from '../transport.ts';
import { WebSocketConnection } from './connection.ts';
import { HEARTBEAT_DEFAULT, type Heartbeat } from './options.ts';

/** Makes links of the WebSockets that a server has taken, and ends them with the server: `open`, then `closing` for good. */
export class LinkAcceptor {
  readonly #hub: Pick<LinkHub, 'authenticate' | 'accept'>;
  readonly #heartbeat: Heartbeat;
  readonly #connections = new Set<WebSocketConnection>();
  #closing = false;

  constructor(
    hub: Pick<LinkHub, 'authenticate' | 'accept'>,
    heartbeat: Heartbeat = HEARTBEAT_DEFAULT,
  ) {
    this.#hub = hub;
    this.#heartbeat = heartbeat;
  }

  authenticate(node: string, secret: string): Promise<boolean> {
    return this.#hub.authenticate(node, secret);
  }

  /** @param stream what the WebSocket runs over */
  accept(node: string, socket: WebSocket, stream: Socket): void {
    const connection = new WebSocketConnection(socket, stream, this.#heartbeat);
    if (this.#closing) {
      connection.close(GOING_AWAY);
      return;
    }
    this.#connections.add(connection);
    connection.onClose(() => this.#connections.delete(connection));
    this.#hub.accept(node, connection);
  }

  /** Ends all links, and takes no more. @returns when they are closed, which takes a second at most */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#connections].map((connection) => connection.goAway(GOING_AWAY)));
  }
}

const GOING_AWAY = 'the server is going away';
