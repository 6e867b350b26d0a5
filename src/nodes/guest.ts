import type { Link, LinkChange } from '../domain/links/link.ts';
import type { Channel } from './channel.ts';
import { acknowledgedUpTo, findLoser, isOriginal, type Loser, recoveryOf } from './handshake.ts';
import { findLink, updateLink } from './linkCommands.ts';
import {
  type HelloMessage,
  type Message,
  PROTOCOL_VERSION,
  type RefusalReason,
  type SessionMode,
} from './messages.ts';
import { PeerSession } from './peerSession.ts';
import { startRecovery } from './recovery.ts';
import type { SessionParts } from './sessionParts.ts';

/** A node that was let in must begin the handshake within this time, and answer within it. */
const HANDSHAKE_MS_MAX = 10_000;
/** While two logs are compared the node hears from the hub at least this often. */
const SIGN_OF_LIFE_MS = 3_000;

/**
 * One connection of a shop's node: `greeted` waits for its hello, `judged` for what it thinks of the hub's standing, then
 * the session runs in one of its modes until the channel closes.
 */
export class Guest {
  readonly channel: Channel;
  readonly ended: Promise<void>;
  readonly #parts: SessionParts;
  readonly #node: string;
  #end: () => void = () => undefined;
  #session: PeerSession | null = null;
  #hasSpoken = false;

  constructor(parts: SessionParts, node: string, channel: Channel) {
    this.#parts = parts;
    this.#node = node;
    this.channel = channel;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get isRunning(): boolean {
    return this.#session !== null;
  }

  async run(): Promise<void> {
    const { timers, observer } = this.#parts;
    this.channel.listen((message) => void this.#hear(message));
    const timer = timers.after(HANDSHAKE_MS_MAX, () => {
      if (!this.#hasSpoken) this.channel.close('the node said nothing');
    });
    const reason = await this.channel.closed;
    timer.cancel();
    await this.#session?.end();
    observer.disconnected(this.#node, reason);
    this.#end();
  }

  /** To compare two logs from their beginning takes longer the longer they are. @returns how to stop that */
  #giveSigns(): () => void {
    const { timers } = this.#parts;
    const give = () => {
      this.channel.send({ type: 'ping' });
      timer = timers.after(SIGN_OF_LIFE_MS, give);
    };
    let timer = timers.after(SIGN_OF_LIFE_MS, give);
    return () => timer.cancel();
  }

  async #hear(message: Message): Promise<void> {
    if (message.type !== 'hello' || this.#hasSpoken) return;
    this.#hasSpoken = true;
    const stopSigns = this.#giveSigns();
    try {
      await this.#greet(message);
    } catch (error) {
      this.#parts.observer.failed(this.#node, error);
      this.channel.close('a fault at the hub');
    } finally {
      stopSigns();
    }
  }

  async #greet(hello: HelloMessage): Promise<void> {
    const link = await findLink(this.#parts, this.#node);
    if (hello.version !== PROTOCOL_VERSION) return this.#refuse('version');
    if (!link || hello.node !== this.#node) return this.#refuse('unknown');
    if (hello.nextToken === null) return this.#welcome(link, 'introduce');
    const isCopy = !isOriginal(link, hello) && !link.reconcile;
    const loser = await this.#findLoser(link, hello);
    // A hub that has lost its log has lost the newest token with it: to it the original looks like a copy.
    if (isCopy && loser !== 'here') return this.#refuse('copied');
    if (link.status === 'retired') return this.#open(link, hello, 'retired', {});
    if (loser === null) return this.#open(link, hello, 'normal', {});
    if (!link.reconcile) return this.#fence(link, loser, hello);
    const recovery = loser === 'here' ? recoveryOf(link, hello) : null;
    const mode = loser === 'here' ? 'recoverHub' : 'recoverStore';
    await this.#open(link, hello, mode, { fence: 'restored', recovery });
  }

  async #findLoser(link: Link, hello: HelloMessage): Promise<Loser | null> {
    if (link.recovery !== null) return 'here';
    const head = (await this.#parts.store.head()).position;
    const digestAtReceived = await this.#parts.log.digestAt(link, hello.received);
    const loser = findLoser(link, hello, { head, digestAtReceived });
    return loser ?? (hello.recovering ? 'peer' : null);
  }

  /**
   * No grant and no promise until an operator has had both logs made one again. What session there is ends: should this
   * have been an old call that came late, the next handshake finds both logs whole.
   */
  async #fence(link: Link, loser: Loser, hello: HelloMessage): Promise<void> {
    const recovery = loser === 'here' ? recoveryOf(link, hello) : link.recovery;
    await updateLink(this.#parts, link, { fence: 'restored', recovery, session: link.session + 1 });
    this.#refuse('restored', loser === 'peer');
  }

  /** Begins a session: the one before is over, and so is every copy of the shop's database. */
  async #open(
    link: Link,
    hello: HelloMessage,
    mode: SessionMode,
    change: LinkChange,
  ): Promise<void> {
    const isOwnLogWhole = mode === 'normal' || mode === 'recoverStore';
    const agreed = isOwnLogWhole ? await this.#agreedUpTo(link, hello) : {};
    const opened = await updateLink(this.#parts, link, {
      ...change,
      ...agreed,
      session: link.session + 1,
      token: hello.token,
      nextToken: hello.nextToken,
    });
    this.channel.listen((message) => void this.#judged(opened, mode, message));
    await this.#welcome(opened, mode);
  }

  /** A shop that was restored has lost what it had received as well: this log goes on from there. */
  async #agreedUpTo(link: Link, { received }: HelloMessage): Promise<LinkChange> {
    const digest = await this.#parts.log.digestAt(link, received);
    return acknowledgedUpTo(received, digest);
  }

  async #welcome(link: Link, mode: SessionMode): Promise<void> {
    const { node, store } = this.#parts;
    const { location, policy, session, received, receivedDigest } = link;
    const head = (await store.head()).position;
    this.channel.send({
      type: 'welcome',
      version: PROTOCOL_VERSION,
      node,
      location,
      policy,
      session,
      mode,
      head,
      received,
      receivedDigest,
    });
  }

  async #judged(link: Link, mode: SessionMode, message: Message): Promise<void> {
    try {
      if (message.type === 'refuse' && message.reason === 'restored') {
        await this.#takeBlame(link, message.isYours);
      }
      if (message.type === 'ready' && message.session === link.session) {
        this.channel.hold();
        await this.#start(link, mode);
      }
    } catch (error) {
      this.#parts.observer.failed(this.#node, error);
      this.channel.close('a fault at the hub');
    }
  }

  /** The shop has found that one of the two logs is not what the other knows of it. */
  async #takeBlame(link: Link, isOurs: boolean): Promise<void> {
    await updateLink(this.#parts, link, {
      fence: 'restored',
      ...(isOurs && { recovery: recoveryOf(link) }),
    });
    this.channel.close('one of the two logs was restored');
  }

  async #start(opened: Link, mode: SessionMode): Promise<void> {
    const link = await this.#confirm(opened, mode);
    if (mode === 'recoverHub') return startRecovery(this.#parts, link, this.channel, 'here');
    if (mode === 'recoverStore') return startRecovery(this.#parts, link, this.channel, 'peer');
    if (!this.channel.isOpen) return;
    const session = new PeerSession(this.#parts, link, this.channel);
    this.#session = session;
    this.channel.listen((message) => session.hear(message));
    session.start();
  }

  /** The shop has heard of the handshake, so only its new token counts; and perhaps both have found both logs whole. */
  async #confirm(link: Link, mode: SessionMode): Promise<Link> {
    const { nextToken: token } = link;
    const cleared = mode === 'normal' ? { fence: null, reconcile: false } : {};
    return updateLink(this.#parts, link, { token, nextToken: null, ...cleared });
  }

  #refuse(reason: RefusalReason, isYours = false): void {
    this.#parts.observer.refused(this.#node, reason);
    this.channel.send({ type: 'refuse', reason, isYours });
    this.channel.close(reason);
  }
}
