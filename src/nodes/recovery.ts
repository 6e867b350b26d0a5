import type { LoggedEvent } from '../domain/events.ts';
import { canonicalJson } from '../domain/json.ts';
import type { Link, Recovery } from '../domain/links/link.ts';
import type { Channel } from './channel.ts';
import { concerns } from './concerns.ts';
import type { Loser } from './handshake.ts';
import { findLink, submitLink } from './linkCommands.ts';
import type { LostMessage, Message } from './messages.ts';
import type { SessionParts } from './sessionParts.ts';

/** Entries of a lost log that are sent in one message. */
const LOST_ENTRIES_MAX = 200;

/**
 * Puts back what one of the two logs of a link has lost; on any fault the channel is closed, and the next handshake goes
 * on with it.
 * @param loser whose log that is
 */
export function startRecovery(
  parts: SessionParts,
  link: Link,
  channel: Channel,
  loser: Loser,
): void {
  const recoverer = new Recoverer(parts, link, channel);
  const side = loser === 'here' ? recoverer : new Lender(parts, link, channel);
  channel.listen((message) => {
    side.hear(message).catch((error: unknown) => {
      parts.observer.failed(link.peer, error);
      channel.close(link.peerRole === 'hub' ? 'a fault at the node' : 'a fault at the hub');
    });
  });
  if (loser === 'here') recoverer.start();
}

/**
 * Gives a peer back what its log has lost: shows it this node's copy, page by page, and forgets what follows the place
 * from which the peer's log goes on.
 */
class Lender {
  readonly #parts: SessionParts;
  readonly #link: Link;
  readonly #channel: Channel;

  constructor(parts: SessionParts, link: Link, channel: Channel) {
    this.#parts = parts;
    this.#link = link;
    this.#channel = channel;
  }

  async hear(message: Message): Promise<void> {
    const { peer, session } = this.#link;
    if (message.type === 'recall' && message.session === session) {
      const { after } = message;
      const limit = LOST_ENTRIES_MAX;
      const entries = await this.#parts.store.mirrored({ peer, after, limit });
      const isEnd = entries.length < limit;
      this.#channel.send({ type: 'lost', session, after, entries, isEnd });
    }
    if (message.type === 'rewind' && message.session === session) {
      const { common, digest, kept = common } = message;
      await submitLink(this.#parts, this.#link.self, {
        type: 'rewind',
        peer,
        session,
        common,
        digest,
        kept,
      });
      this.#channel.send({ type: 'rewound', session });
    }
  }
}

/**
 * Puts back what this node's own log has lost, from the peer's copy of it. First both are compared from the last
 * acknowledged position on: what they have in common stays. From the first difference on everything in the copy was
 * lost, and is put back, each page in one commit that also notes how far this has come.
 *
 * A peer that was restored itself may have a copy of what this log was before it was restored, though it had followed this
 * log further since. What is in there was put back when this log was restored; so only the place is looked for from
 * which the peer has to follow this log again.
 */
class Recoverer {
  readonly #parts: SessionParts;
  readonly #link: Link;
  readonly #channel: Channel;
  #recovery: Recovery;

  constructor(parts: SessionParts, link: Link, channel: Channel) {
    this.#parts = parts;
    this.#link = link;
    this.#channel = channel;
    const start = { common: link.acknowledged, replayed: link.acknowledged };
    this.#recovery = link.recovery ?? start;
  }

  start(): void {
    this.#recall();
  }

  async hear(message: Message): Promise<void> {
    const { session } = this.#link;
    if (message.type === 'lost' && message.session === session) await this.#takeIn(message);
    if (message.type === 'rewound' && message.session === session) await this.#finish();
  }

  #recall(): void {
    const { session } = this.#link;
    this.#channel.send({ type: 'recall', session, after: this.#recovery.replayed });
  }

  async #takeIn({ after, entries, isEnd }: LostMessage): Promise<void> {
    if (after !== this.#recovery.replayed) return;
    const lost = this.#isComparing() ? await this.#compare(entries) : entries;
    const isOldCopy = lost.length > 0 && this.#recovery.common < this.#link.acknowledged;
    if (lost.length > 0 && !isOldCopy) await this.#putBack(lost);
    if (isEnd || isOldCopy) await this.#rewind();
    else this.#recall();
  }

  #isComparing(): boolean {
    return this.#recovery.replayed === this.#recovery.common;
  }

  /** @returns what follows the last entry that this log has as well */
  async #compare(entries: readonly LoggedEvent[]): Promise<readonly LoggedEvent[]> {
    const own = await this.#ownEntries(this.#recovery.common, entries.length);
    const same = entries.findIndex((entry, i) => {
      const mine = own[i];
      return mine === undefined || canonicalJson(mine) !== canonicalJson(entry);
    });
    const count = same === -1 ? entries.length : same;
    const common = entries[count - 1]?.position ?? this.#recovery.common;
    this.#recovery = { common, replayed: common };
    return entries.slice(count);
  }

  async #ownEntries(after: number, count: number): Promise<LoggedEvent[]> {
    const own: LoggedEvent[] = [];
    let position = after;
    while (own.length < count) {
      const limit = LOST_ENTRIES_MAX;
      const { events, scanned } = await this.#parts.store.events({ after: position, limit });
      if (scanned <= position) break;
      own.push(...events.filter((event) => concerns(this.#link, event)));
      position = scanned;
    }
    return own;
  }

  async #putBack(entries: readonly LoggedEvent[]): Promise<void> {
    const { peer, session, self } = this.#link;
    const { common, replayed: after } = this.#recovery;
    const through = entries.at(-1)?.position ?? after;
    await submitLink(this.#parts, self, {
      type: 'replayEntries',
      peer,
      session,
      common,
      after,
      through,
      entries,
    });
    this.#recovery = { common, replayed: through };
  }

  async #rewind(): Promise<void> {
    const { common } = this.#recovery;
    const digest = await this.#parts.log.digestAt(this.#link, common);
    if (digest === null) return this.#channel.close('the log ends before what was acknowledged');
    const { session } = this.#link;
    // Since it was restored this log has passed nothing on.
    const kept = (await this.#parts.store.head()).position;
    this.#channel.send({ type: 'rewind', session, common, digest, kept });
  }

  /** The peer follows this log again: from here on the two agree, as the next handshake will find. */
  async #finish(): Promise<void> {
    const { peer, session, self } = this.#link;
    const link = await findLink(this.#parts, peer);
    const { common } = this.#recovery;
    const digest = link && (await this.#parts.log.digestAt(link, common));
    if (typeof digest !== 'string') return;
    await submitLink(this.#parts, self, {
      type: 'updateLink',
      peer,
      session,
      change: {
        recovery: null,
        fence: null,
        reconcile: false,
        acknowledged: common,
        acknowledgedDigest: digest,
      },
    });
    this.#channel.close('what was lost is put back');
  }
}
