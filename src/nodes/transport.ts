/**
 * What carries the messages of one link in one session. It may lose, delay, double or reorder messages and break at any
 * moment; nothing rests on it but speed.
 */
export interface Connection {
  /** Sends a message, or loses it. Never throws. */
  send(text: string): void;
  /** Bytes that were sent and not taken by the network yet: a sender waits while they are many. */
  readonly buffered: number;
  /** Set once, before any message can arrive. */
  onText(listener: (text: string) => void): void;
  /** Called once, however it ends. */
  onClose(listener: (reason: string) => void): void;
  /** Ends it from this side; `onClose` is called all the same. */
  close(reason: string): void;
}

/** How a shop's node reaches its hub. */
export interface Dialer {
  /**
   * @param secret what proves this node to the hub
   * @throws {DialRefusedError} the hub does not know the node, or its secret is wrong
   * @throws {Error} it cannot be reached, or did not answer in time
   */
  dial(secret: string): Promise<Connection>;
}

export class DialRefusedError extends Error {
  override readonly name = 'DialRefusedError';
}

/** The hub is not there, does not answer, or cannot do its work: it may at another time. */
export class HubUnreachableError extends Error {
  override readonly name = 'HubUnreachableError';
}

/** Where the links of shops' nodes end, whatever carries them. */
export interface LinkHub {
  /** What the hub keeps of a node's secret: its SHA-256, as lower-case hexadecimal digits. */
  secretHashOf(node: string): Promise<string | undefined>;
  /** Whether the node is known and the secret is its own. */
  authenticate(node: string, secret: string): Promise<boolean>;
  /** Takes over a connection of a node that has proved itself. Sets its listeners at once; must not throw. */
  accept(node: string, connection: Connection): void;
}
