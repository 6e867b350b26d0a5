import type { Link } from '../domain/links/link.ts';
import { Pauses } from '../ledger/pauses.ts';
import { Channel } from './channel.ts';
import { DemandBook } from './demand.ts';
import { fenceUnproven } from './fences.ts';
import { HubCall } from './hubCall.ts';
import { findHubLink, updateLink } from './linkCommands.ts';
import type { PeerStatus } from './parts.ts';
import { Planner } from './planner.ts';
import { newToken } from './random.ts';
import type { SessionParts } from './sessionParts.ts';
import type { Dialer } from './transport.ts';

export interface StoreNodeParts extends SessionParts {
  readonly dialer: Dialer;
  /**
   * What `nodes add` has printed; needed once, to be introduced to the hub, and again after the node was added once
   * more, at a hub that has lost that it ever was.
   */
  readonly enrolment: string | null;
}

export interface StoreNode {
  status(peer: string): PeerStatus | undefined;
  close(): Promise<void>;
}

/**
 * The shop's end of its link: `calling` until the hub answers, in a call (see `HubCall`) until the connection ends, and
 * `pausing` before it calls again. `parts.log` is open already, and stays the
 * caller's. The shop sells all the while.
 */
export async function createStore(parts: StoreNodeParts): Promise<StoreNode> {
  await fenceUnproven(parts);
  return new Shop(parts);
}

class Shop implements StoreNode {
  readonly #parts: StoreNodeParts;
  readonly #ended: Promise<void>;
  readonly #closing = new AbortController();
  readonly #pauses: Pauses;
  readonly #planner: Planner;
  /** The one that runs, or that ran last. */
  #call: HubCall | null = null;
  #hub: string | null = null;

  constructor(parts: StoreNodeParts) {
    this.#parts = parts;
    this.#pauses = new Pauses(parts, this.#closing.signal);
    this.#planner = new Planner(parts, parts.demand ?? new DemandBook());
    this.#ended = this.#run();
  }

  status(peer: string): PeerStatus | undefined {
    if (peer !== this.#hub) return undefined;
    const call = this.#call;
    return { connected: call?.isRunning ?? false, lastHeardMs: call?.channel.heardAt ?? null };
  }

  get #isOpen(): boolean {
    return !this.#closing.signal.aborted;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#call?.channel.close('the node stops');
    await this.#ended;
    this.#planner.close();
  }

  async #run(): Promise<void> {
    await this.#remember();
    while (this.#isOpen) {
      try {
        await this.#callHub();
      } catch (error) {
        this.#parts.observer.failed(this.#hub ?? 'hub', error);
      }
      if (this.#isOpen) await this.#pauses.longer();
    }
  }

  /** What was asked for lately. Without it units move a little later. */
  async #remember(): Promise<void> {
    try {
      const link = await findHubLink(this.#parts);
      if (link !== undefined) await this.#planner.remember(link);
    } catch (error) {
      this.#parts.observer.failed(this.#hub ?? 'hub', error);
    }
  }

  /** One connection, from the call to its end. */
  async #callHub(): Promise<void> {
    const { dialer, enrolment, codec, stopwatch } = this.#parts;
    const link = await this.#withNextToken();
    this.#hub = link?.peer ?? null;
    const secret = enrolment ?? link?.secret ?? null;
    if (secret === null)
      throw new Error('the node was never enrolled: its first start needs a token');
    const channel = new Channel(await dialer.dial(secret), codec, stopwatch);
    const parts = { ...this.#parts, planner: this.#planner, pauses: this.#pauses };
    this.#call = new HubCall(parts, link, channel);
    if (!this.#isOpen) channel.close('the node stops');
    await this.#call.run();
  }

  /**
   * The token of the next handshake is durable before that begins. Each attempt has one of its own: a copy that was made
   * in between would share it.
   */
  async #withNextToken(): Promise<Link | undefined> {
    const link = await findHubLink(this.#parts);
    if (link === undefined) return link;
    return updateLink(this.#parts, link, { nextToken: newToken(this.#parts.random) });
  }
}
