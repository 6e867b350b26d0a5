import type { NodeStatus } from '../http/parts.ts';
import { createHub, type Hub } from '../nodes/hub.ts';
import { findLink } from '../nodes/linkCommands.ts';
import type { PeerStatus } from '../nodes/parts.ts';
import type { SessionParts } from '../nodes/sessionParts.ts';
import { createStore, type StoreNode } from '../nodes/store.ts';
import type { Connection, Dialer, LinkHub } from '../nodes/transport.ts';

interface LinkEnd {
  status(peer: string): PeerStatus | undefined;
  close(): Promise<void>;
}

/**
 * This process's ends of its links. Asleep until it is started, since a server without links need not read its own log;
 * then awake until it is closed.
 */
abstract class LinkEnds<E extends LinkEnd = LinkEnd> {
  protected readonly parts: SessionParts;
  protected end: E | undefined;
  #starting: Promise<E> | undefined;

  constructor(parts: SessionParts) {
    this.parts = parts;
  }

  /** Does nothing when it is awake; what has failed is tried again when it is called again. */
  async start(): Promise<E> {
    const starting = this.#starting ?? this.#wake();
    this.#starting = starting;
    try {
      return await starting;
    } catch (error) {
      if (this.#starting === starting) this.#starting = undefined;
      throw error;
    }
  }

  /** Undefined where this process does not know. */
  status(peer: string): NodeStatus | undefined {
    const status = this.end?.status(peer);
    if (status === undefined) return undefined;
    const { connected, lastHeardMs: at } = status;
    const agoMs = at === null ? null : Math.round(this.parts.stopwatch.elapsed() - at);
    return { connected, lastHeardMs: agoMs };
  }

  async close(): Promise<void> {
    if (this.#starting === undefined) return;
    const end = await this.#starting;
    await end.close();
    this.parts.log.close();
  }

  protected abstract open(): Promise<E>;

  async #wake(): Promise<E> {
    await this.parts.log.start();
    this.end = await this.open();
    return this.end;
  }
}

export class HubEnds extends LinkEnds<Hub> implements LinkHub {
  async secretHashOf(node: string): Promise<string | undefined> {
    const link = await findLink(this.parts, node);
    return link?.peerRole === 'store' ? link.secret : undefined;
  }

  /** Strangers do not wake it. */
  async authenticate(node: string, secret: string): Promise<boolean> {
    if ((await findLink(this.parts, node)) === undefined) return false;
    const isProven = await (await this.start()).authenticate(node, secret);
    // Of names that nobody has there are any number: their requests are in the log, and nothing else is kept of them.
    if (!isProven) this.parts.observer.refused(node, 'wrong token');
    return isProven;
  }

  accept(node: string, connection: Connection): void {
    this.end?.accept(node, connection);
  }

  protected override open(): Promise<Hub> {
    return createHub(this.parts);
  }
}

export class ShopEnds extends LinkEnds<StoreNode> {
  readonly #dialer: Dialer;
  readonly #enrolment: string | null;

  constructor(parts: SessionParts, dialer: Dialer, enrolment: string | null) {
    super(parts);
    this.#dialer = dialer;
    this.#enrolment = enrolment;
  }

  protected override open(): Promise<StoreNode> {
    return createStore({ ...this.parts, dialer: this.#dialer, enrolment: this.#enrolment });
  }
}
