import type { FenceReason, Link, LinkChange } from '../domain/links/link.ts';
import type { Timer } from '../ledger/ports.ts';
import { Channel } from './channel.ts';
import { DemandBook } from './demand.ts';
import { fenceUnproven } from './fences.ts';
import { findLoser } from './handshake.ts';
import { recoveryOf } from './hub.ts';
import { submitLink } from './linkCommands.ts';
import {
  type Message,
  PROTOCOL_VERSION,
  type RefusalReason,
  type WelcomeMessage,
} from './messages.ts';
import type { PeerStatus } from './parts.ts';
import { PeerSession } from './peerSession.ts';
import { Planner } from './planner.ts';
import { newToken } from './random.ts';
import { Lender, Recoverer } from './recovery.ts';
import type { SessionParts } from './sessionParts.ts';
import type { Dialer } from './transport.ts';

/** Between two attempts to reach the hub: doubled from the least to the most, and up to half of it less at random. */
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 10_000;
/** The hub must answer a hello, and what a recovery asks of it, within this time. */
const HUB_QUIET_MS_MAX = 10_000;

export interface StoreNodeParts extends SessionParts {
  readonly dialer: Dialer;
  /**
   * What `nodes add` has printed; needed once, to be introduced to the hub, and again after the node was added once
   * more, at a hub that has lost that it ever was.
   */
  readonly enrolment: string | null;
}

/** One connection, and the link as it was when the hub was called: undefined where that is not known yet. */
interface Call {
  readonly link?: Link;
  readonly channel: Channel;
}

export interface StoreNode {
  status(peer: string): PeerStatus | undefined;
  close(): Promise<void>;
}

/**
 * The shop's end of its link: `calling` until the hub answers, `greeting` until both ends know where they stand, then in
 * session until the connection ends, and `pausing` before it calls again. `parts.log` is open already, and stays the
 * caller's. The shop sells all the while.
 */
export async function createStore(parts: StoreNodeParts): Promise<StoreNode> {
  await fenceUnproven(parts);
  return new Shop(parts);
}

class Shop implements StoreNode {
  readonly #parts: StoreNodeParts;
  readonly #ended: Promise<void>;
  #isOpen = true;
  #channel: Channel | null = null;
  #session: PeerSession | null = null;
  /** It is for this node to speak, and that takes longer the longer the logs are. */
  #isComparing = false;
  #hub: string | null = null;
  #pauseMs = PAUSE_MS_MIN;
  #wake: () => void = () => undefined;
  readonly #planner: Planner;

  constructor(parts: StoreNodeParts) {
    this.#parts = parts;
    this.#planner = new Planner(parts, parts.demand ?? new DemandBook());
    this.#ended = this.#run();
  }

  status(peer: string): PeerStatus | undefined {
    if (peer !== this.#hub) return undefined;
    return { connected: this.#session !== null, lastHeardMs: this.#channel?.heardAt ?? null };
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#channel?.close('the node stops');
    this.#wake();
    await this.#ended;
    this.#planner.close();
  }

  async #run(): Promise<void> {
    await this.#remember();
    while (this.#isOpen) {
      try {
        await this.#call();
      } catch (error) {
        this.#parts.observer.failed(this.#hub ?? 'hub', error);
      }
      if (this.#isOpen) await this.#pause();
    }
  }

  /** What was asked for lately. Without it units move a little later. */
  async #remember(): Promise<void> {
    try {
      const link = await this.#link();
      if (link !== undefined) await this.#planner.remember(link);
    } catch (error) {
      this.#parts.observer.failed(this.#hub ?? 'hub', error);
    }
  }

  #pause(): Promise<void> {
    const { timers, random } = this.#parts;
    const ms = this.#pauseMs * (1 - random.fraction() / 2);
    this.#pauseMs = Math.min(2 * this.#pauseMs, PAUSE_MS_MAX);
    return new Promise((resolve) => {
      const timer: Timer = timers.after(ms, () => resolve());
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  async #link(): Promise<Link | undefined> {
    return (await this.#parts.store.links()).find(({ peerRole }) => peerRole === 'hub');
  }

  /** One connection, from the call to its end. */
  async #call(): Promise<void> {
    const { dialer, enrolment, codec, stopwatch, observer } = this.#parts;
    const link = await this.#withNextToken();
    this.#hub = link?.peer ?? null;
    const secret = enrolment ?? link?.secret ?? null;
    if (secret === null)
      throw new Error('the node was never enrolled: its first start needs a token');
    const connection = await dialer.dial(secret);
    const channel = new Channel(connection, codec, stopwatch);
    this.#channel = channel;
    if (!this.#isOpen) channel.close('the node stops');
    channel.listen((message) => void this.#hear({ ...(link && { link }), channel }, message));
    await this.#hello(link, channel);
    const stopWatching = this.#watch(channel);
    const reason = await channel.closed;
    stopWatching();
    const session = this.#session;
    this.#session = null;
    await session?.end();
    observer.disconnected(this.#hub ?? 'hub', reason);
  }

  /** Ends the connection when the hub says nothing; a session looks after itself. @returns how to stop that */
  #watch(channel: Channel): () => void {
    const { timers, stopwatch } = this.#parts;
    const look = () => {
      if (this.#session !== null) return;
      const quietMs = this.#isComparing ? 0 : stopwatch.elapsed() - channel.heardAt;
      if (quietMs >= HUB_QUIET_MS_MAX) channel.close('the hub said nothing');
      else timer = timers.after(HUB_QUIET_MS_MAX - quietMs, look);
    };
    let timer = timers.after(HUB_QUIET_MS_MAX, look);
    return () => timer.cancel();
  }

  /**
   * The token of the next handshake is durable before that begins. Each attempt has one of its own: a copy that was made
   * in between would share it.
   */
  async #withNextToken(): Promise<Link | undefined> {
    const link = await this.#link();
    if (link === undefined) return link;
    return this.#update(link, { nextToken: newToken(this.#parts.random) });
  }

  async #update({ peer, session }: Link, change: LinkChange): Promise<Link> {
    const { node } = this.#parts;
    const link = await submitLink(this.#parts, node, { type: 'updateLink', peer, session, change });
    if (link === null) throw new Error('an update is of one link');
    return link;
  }

  async #hello(link: Link | undefined, channel: Channel): Promise<void> {
    const head = (await this.#parts.store.head()).position;
    channel.send({
      type: 'hello',
      version: PROTOCOL_VERSION,
      node: this.#parts.node,
      head,
      received: link?.received ?? 0,
      receivedDigest: link?.receivedDigest ?? '',
      token: link?.token ?? null,
      nextToken: link?.nextToken ?? null,
      recovering: link !== undefined && link.recovery !== null,
    });
  }

  async #hear(call: Call, message: Message): Promise<void> {
    this.#isComparing = true;
    try {
      if (message.type === 'refuse') await this.#refused(call, message.reason, message.isYours);
      if (message.type === 'welcome') await this.#welcomed(call, message);
    } catch (error) {
      this.#parts.observer.failed(this.#hub ?? 'hub', error);
      call.channel.close('a fault at the node');
    } finally {
      this.#isComparing = false;
    }
  }

  async #refused({ link, channel }: Call, reason: RefusalReason, isOurs: boolean): Promise<void> {
    this.#parts.observer.refused(this.#hub ?? 'hub', reason);
    channel.close(reason);
    this.#pauseMs = PAUSE_MS_MAX;
    if (link === undefined) return;
    if (reason === 'copied') await this.#fence(link, 'copied');
    if (reason === 'restored') await this.#fence(link, 'restored', isOurs);
  }

  async #fence(link: Link, fence: FenceReason, isOurs = false): Promise<void> {
    await this.#update(link, { fence, ...(isOurs && { recovery: recoveryOf(link) }) });
  }

  async #welcomed({ link, channel }: Call, welcome: WelcomeMessage): Promise<void> {
    channel.hold();
    if (welcome.version !== PROTOCOL_VERSION) return channel.close('another version');
    if (link === undefined || welcome.mode === 'introduce') return this.#join(channel, welcome);
    if (welcome.mode === 'normal') return this.#judge({ link, channel }, welcome);
    const fence = welcome.mode === 'retired' ? 'retired' : 'restored';
    const isOurs = welcome.mode === 'recoverStore';
    const opened = await this.#open(link, welcome, {
      fence,
      ...(isOurs ? { recovery: recoveryOf(link, welcome) } : await this.#agreedUpTo(link, welcome)),
    });
    if (!channel.isOpen) return;
    if (welcome.mode === 'retired') this.#begin(opened, channel);
    else this.#recover(opened, channel, isOurs);
  }

  /** The hub has said its name and ours: the link is made, and the next call is a real one. */
  async #join(channel: Channel, { node: peer, location, policy }: WelcomeMessage): Promise<void> {
    const { enrolment: secret, node: self } = this.#parts;
    if (secret !== null && (await this.#link()) === undefined) {
      const link = { peer, peerRole: 'hub', self, location, secret, policy } as const;
      await submitLink(this.#parts, self, { type: 'addLink', link });
    }
    this.#pauseMs = PAUSE_MS_MIN;
    channel.close('introduced');
  }

  /** Whether what the hub has of this log, and what this node has of the hub's, is all there is. */
  async #judge({ link, channel }: Required<Call>, welcome: WelcomeMessage): Promise<void> {
    const { log, store } = this.#parts;
    const head = (await store.head()).position;
    const digestAtReceived = await log.digestAt(link, welcome.received);
    const loser = findLoser(link, welcome, { head, digestAtReceived });
    if (loser !== null) {
      const isOurs = loser === 'here';
      await this.#fence(link, 'restored', isOurs);
      channel.send({ type: 'refuse', reason: 'restored', isYours: !isOurs });
      return channel.close('one of the two logs was restored');
    }
    const agreed =
      digestAtReceived === null
        ? {}
        : { acknowledged: welcome.received, acknowledgedDigest: digestAtReceived };
    // A hub that was restored has lost what was set since, and no entry will say so.
    const { policy } = welcome;
    const change = { ...agreed, policy, fence: null, recovery: null };
    const opened = await this.#open(link, welcome, change);
    this.#pauseMs = PAUSE_MS_MIN;
    if (channel.isOpen) this.#begin(opened, channel);
  }

  /** A hub that was restored has lost what it had received as well: this log goes on from there. */
  async #agreedUpTo(link: Link, { received, receivedDigest }: WelcomeMessage): Promise<LinkChange> {
    const digest = await this.#parts.log.digestAt(link, received);
    const isSame = digest !== null && digest === receivedDigest;
    return isSame ? { acknowledged: received, acknowledgedDigest: digest } : {};
  }

  #open(link: Link, { session }: WelcomeMessage, change: LinkChange): Promise<Link> {
    const { nextToken: token } = link;
    const secret = this.#parts.enrolment ?? link.secret;
    return this.#update(link, { ...change, session, token, nextToken: null, secret });
  }

  #begin(link: Link, channel: Channel): void {
    const session = new PeerSession(this.#parts, link, channel, this.#planner);
    this.#session = session;
    channel.listen((message) => session.hear(message));
    channel.send({ type: 'ready', session: link.session });
    session.start();
  }

  #recover(link: Link, channel: Channel, isOurs: boolean): void {
    const recoverer = new Recoverer(this.#parts, link, channel);
    const side = isOurs ? recoverer : new Lender(this.#parts, link, channel);
    channel.listen((message) => {
      side.hear(message).catch((error: unknown) => {
        this.#parts.observer.failed(link.peer, error);
        channel.close('a fault at the node');
      });
    });
    channel.send({ type: 'ready', session: link.session });
    if (isOurs) recoverer.start();
    this.#pauseMs = PAUSE_MS_MIN;
  }
}
