import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Connection } from '../transport.ts';
import { WebSocketConnection } from './connection.ts';
import { HEARTBEAT_DEFAULT, type Heartbeat } from './options.ts';

/** Where the links of shops' nodes end. */
export interface LinkHub {
  /** Whether the node is known and the secret is its own. */
  authenticate(node: string, secret: string): Promise<boolean>;
  /** Takes over a connection of a node that has proved itself. Sets its listeners at once; must not throw. */
  accept(node: string, connection: Connection): void;
}

/** Makes links of the WebSockets that a server has taken, and ends them with the server: `open`, then `closing` for good. */
export class LinkAcceptor {
  readonly #hub: LinkHub;
  readonly #heartbeat: Heartbeat;
  readonly #connections = new Set<WebSocketConnection>();
  #closing = false;

  constructor(hub: LinkHub, heartbeat: Heartbeat = HEARTBEAT_DEFAULT) {
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
