import type { FenceReason, Link, LinkChange } from '../domain/links/link.ts';
import type { Pauses } from '../ledger/pauses.ts';
import type { Channel } from './channel.ts';
import { acknowledgedUpTo, findLoser, type Loser, recoveryOf } from './handshake.ts';
import { findHubLink, submitLink, updateLink } from './linkCommands.ts';
import {
  type Message,
  PROTOCOL_VERSION,
  type RefusalReason,
  type WelcomeMessage,
} from './messages.ts';
import { PeerSession } from './peerSession.ts';
import type { Planner } from './planner.ts';
import { startRecovery } from './recovery.ts';
import type { SessionParts } from './sessionParts.ts';

/** The hub must answer a hello, and what a recovery asks of it, within this time. */
const HUB_QUIET_MS_MAX = 10_000;

export interface HubCallParts extends SessionParts {
  /** What `nodes add` has printed. */
  readonly enrolment: string | null;
  readonly planner: Planner;
  /** Told how long to wait before the next call. */
  readonly pauses: Pauses;
}

/**
 * One connection of a shop's node to its hub: `greeting` until both ends know where they stand, then in session, or one
 * of them puts back what the other has lost, until the channel closes.
 */
export class HubCall {
  readonly channel: Channel;
  readonly #parts: HubCallParts;
  /** As it was when the hub was called; undefined where the hub is not known yet. */
  readonly #link: Link | undefined;
  /** The hub, for the observer. */
  readonly #peer: string;
  #session: PeerSession | null = null;
  /** It is for this node to speak, and that takes longer the longer the logs are. */
  #isComparing = false;

  constructor(parts: HubCallParts, link: Link | undefined, channel: Channel) {
    this.#parts = parts;
    this.#link = link;
    this.#peer = link?.peer ?? 'hub';
    this.channel = channel;
  }

  get isRunning(): boolean {
    return this.#session !== null;
  }

  /** From the hello to the end of the connection. */
  async run(): Promise<void> {
    const { channel } = this;
    channel.listen((message) => void this.#hear(message));
    await this.#hello();
    const stopWatching = this.#watch();
    const reason = await channel.closed;
    stopWatching();
    const session = this.#session;
    this.#session = null;
    await session?.end();
    this.#parts.observer.disconnected(this.#peer, reason);
  }

  /** Ends the connection when the hub says nothing; a session looks after itself. @returns how to stop that */
  #watch(): () => void {
    const { timers, stopwatch } = this.#parts;
    const { channel } = this;
    const look = () => {
      if (this.#session !== null) return;
      const quietMs = this.#isComparing ? 0 : stopwatch.elapsed() - channel.heardAt;
      if (quietMs >= HUB_QUIET_MS_MAX) channel.close('the hub said nothing');
      else timer = timers.after(HUB_QUIET_MS_MAX - quietMs, look);
    };
    let timer = timers.after(HUB_QUIET_MS_MAX, look);
    return () => timer.cancel();
  }

  async #hello(): Promise<void> {
    const head = (await this.#parts.store.head()).position;
    const link = this.#link;
    this.channel.send({
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

  async #hear(message: Message): Promise<void> {
    this.#isComparing = true;
    try {
      if (message.type === 'refuse') await this.#refused(message.reason, message.isYours);
      if (message.type === 'welcome') await this.#welcomed(message);
    } catch (error) {
      this.#parts.observer.failed(this.#peer, error);
      this.channel.close('a fault at the node');
    } finally {
      this.#isComparing = false;
    }
  }

  async #refused(reason: RefusalReason, isOurs: boolean): Promise<void> {
    const link = this.#link;
    this.#parts.observer.refused(this.#peer, reason);
    this.channel.close(reason);
    this.#parts.pauses.lengthen();
    if (link === undefined) return;
    if (reason === 'copied') await this.#fence(link, 'copied');
    if (reason === 'restored') await this.#fence(link, 'restored', isOurs);
  }

  async #fence(link: Link, fence: FenceReason, isOurs = false): Promise<void> {
    await updateLink(this.#parts, link, { fence, ...(isOurs && { recovery: recoveryOf(link) }) });
  }

  async #welcomed(welcome: WelcomeMessage): Promise<void> {
    const { channel } = this;
    const link = this.#link;
    channel.hold();
    if (welcome.version !== PROTOCOL_VERSION) return channel.close('another version');
    if (link === undefined || welcome.mode === 'introduce') return this.#join(welcome);
    if (welcome.mode === 'normal') return this.#judge(link, welcome);
    if (welcome.mode === 'retired') return this.#retire(link, welcome);
    return this.#recover(link, welcome, welcome.mode === 'recoverStore' ? 'here' : 'peer');
  }

  /** The hub has said its name and ours: the link is made, and the next call is a real one. */
  async #join({ node: peer, location, policy }: WelcomeMessage): Promise<void> {
    const { enrolment: secret, node: self, pauses } = this.#parts;
    if (secret !== null && (await findHubLink(this.#parts)) === undefined) {
      const link = { peer, peerRole: 'hub', self, location, secret, policy } as const;
      await submitLink(this.#parts, self, { type: 'addLink', link });
    }
    pauses.reset();
    this.channel.close('introduced');
  }

  /** Whether what the hub has of this log, and what this node has of the hub's, is all there is. */
  async #judge(link: Link, welcome: WelcomeMessage): Promise<void> {
    const { log, store, pauses } = this.#parts;
    const head = (await store.head()).position;
    const digestAtReceived = await log.digestAt(link, welcome.received);
    const loser = findLoser(link, welcome, { head, digestAtReceived });
    if (loser !== null) return this.#fenceBoth(link, loser);
    const agreed = acknowledgedUpTo(welcome.received, digestAtReceived);
    // A hub that was restored has lost what was set since, and no entry will say so.
    const { policy } = welcome;
    const change = { ...agreed, policy, fence: null, recovery: null };
    const opened = await this.#open(link, welcome, change);
    pauses.reset();
    this.#begin(opened);
  }

  async #fenceBoth(link: Link, loser: Loser): Promise<void> {
    const isOurs = loser === 'here';
    await this.#fence(link, 'restored', isOurs);
    this.channel.send({ type: 'refuse', reason: 'restored', isYours: !isOurs });
    this.channel.close('one of the two logs was restored');
  }

  /** The hub still hears what this node has to say, for auditors. */
  async #retire(link: Link, welcome: WelcomeMessage): Promise<void> {
    const agreed = await this.#agreedUpTo(link, welcome);
    this.#begin(await this.#open(link, welcome, { ...agreed, fence: 'retired' }));
  }

  async #recover(link: Link, welcome: WelcomeMessage, loser: Loser): Promise<void> {
    const change =
      loser === 'here'
        ? { recovery: recoveryOf(link, welcome) }
        : await this.#agreedUpTo(link, welcome);
    const opened = await this.#open(link, welcome, { ...change, fence: 'restored' });
    if (!this.channel.isOpen) return;
    this.channel.send({ type: 'ready', session: opened.session });
    startRecovery(this.#parts, opened, this.channel, loser);
    this.#parts.pauses.reset();
  }

  /** A hub that was restored has lost what it had received as well: this log goes on from there. */
  async #agreedUpTo(link: Link, { received, receivedDigest }: WelcomeMessage): Promise<LinkChange> {
    const digest = await this.#parts.log.digestAt(link, received);
    return acknowledgedUpTo(received, digest === receivedDigest ? digest : null);
  }

  #open(link: Link, { session }: WelcomeMessage, change: LinkChange): Promise<Link> {
    const { nextToken: token } = link;
    const secret = this.#parts.enrolment ?? link.secret;
    return updateLink(this.#parts, link, { ...change, session, token, nextToken: null, secret });
  }

  #begin(link: Link): void {
    const { channel } = this;
    if (!channel.isOpen) return;
    const session = new PeerSession(this.#parts, link, channel, this.#parts.planner);
    this.#session = session;
    channel.listen((message) => session.hear(message));
    channel.send({ type: 'ready', session: link.session });
    session.start();
  }
}
