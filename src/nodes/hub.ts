import { Channel } from './channel.ts';
import { fenceUnproven } from './fences.ts';
import { Guest } from './guest.ts';
import { findLink } from './linkCommands.ts';
import type { PeerStatus } from './parts.ts';
import type { SessionParts } from './sessionParts.ts';
import type { Connection } from './transport.ts';

export interface Hub {
  /** Whether the secret is that of the node. */
  authenticate(node: string, secret: string): Promise<boolean>;
  /** Talks to a node that was let in. A new connection of a node ends its old one. */
  accept(node: string, connection: Connection): void;
  status(peer: string): PeerStatus;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** The hub's ends of its links. `parts.log` is open already, and stays the caller's. */
export async function createHub(parts: SessionParts): Promise<Hub> {
  await fenceUnproven(parts);
  return new Links(parts);
}

class Links implements Hub {
  readonly #parts: SessionParts;
  readonly #guests = new Map<string, Guest>();
  /** When those that are gone were heard last. */
  readonly #heardAt = new Map<string, number>();

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  async authenticate(node: string, secret: string): Promise<boolean> {
    const link = await findLink(this.#parts, node);
    return link?.peerRole === 'store' && link.secret === this.#parts.hash(secret);
  }

  accept(node: string, connection: Connection): void {
    const { codec, stopwatch } = this.#parts;
    this.#guests.get(node)?.channel.close('a newer connection of the node has come');
    const channel = new Channel(connection, codec, stopwatch);
    const guest = new Guest(this.#parts, node, channel);
    this.#guests.set(node, guest);
    void guest.run().finally(() => {
      this.#heardAt.set(node, channel.heardAt);
      if (this.#guests.get(node) === guest) this.#guests.delete(node);
    });
  }

  status(peer: string): PeerStatus {
    const guest = this.#guests.get(peer);
    return {
      connected: guest?.isRunning ?? false,
      lastHeardMs: guest?.channel.heardAt ?? this.#heardAt.get(peer) ?? null,
    };
  }

  async close(): Promise<void> {
    const guests = [...this.#guests.values()];
    for (const { channel } of guests) channel.close('the hub stops');
    await Promise.all(guests.map((guest) => guest.ended));
  }
}
