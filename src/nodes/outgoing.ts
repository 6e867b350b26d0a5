import type { Link } from '../domain/links/link.ts';
import type { Channel } from './channel.ts';
import { chainDigest } from './digest.ts';
import { afterAck, afterSending, afterSilence, maySend, newSender, type Sender } from './flow.ts';
import { submitLink } from './linkCommands.ts';
import type { AckMessage, EntriesMessage } from './messages.ts';
import type { LogSlice } from './newestEvents.ts';
import type { SessionParts } from './sessionParts.ts';

/** Entries that are not acknowledged for this long are sent again. */
const RESEND_MS = 2_000;
/** Bytes that the network has not taken yet: a sender waits while there are more. */
const BUFFERED_BYTES_MAX = 4 * 1_024 * 1_024;
/** Positions that concern the peer nothing are told to it only now and then. */
const UNTOLD_POSITIONS_MAX = 10_000;

/** Characters of entries in one message, more or less; a single entry may be longer. */
const MESSAGE_CHARACTERS_MAX = 1_000_000;
/** Characters of an entry besides its details. */
const BARE_ENTRY_CHARACTERS = 400;

/** As much of a page as goes into one message. Only what a catalogue says is ever long. */
function bounded(slice: LogSlice): LogSlice {
  let characters = 0;
  const end = slice.entries.findIndex(({ details }, i) => {
    const own = details?.after === undefined ? 0 : JSON.stringify(details).length;
    characters += own + BARE_ENTRY_CHARACTERS;
    return i > 0 && characters > MESSAGE_CHARACTERS_MAX;
  });
  if (end === -1) return slice;
  const entries = slice.entries.slice(0, end);
  return { entries, through: entries.at(-1)?.position ?? slice.through };
}

/** Sends this node's log to the peer, as far as it concerns it, and notes what the peer has of it. */
export class Outgoing {
  readonly #parts: SessionParts;
  readonly #link: Link;
  readonly #channel: Channel;
  #sender: Sender;
  #digest: string;
  /** Digest at the end of each message that is under way, and at the last acknowledged position. */
  readonly #digests: Map<number, string>;
  /** Nothing after `sent` up to here concerns the peer. */
  #looked: number;
  /** What is acknowledged and not written down yet. */
  #unwritten: { readonly acknowledged: number; readonly acknowledgedDigest: string } | null = null;
  #progressAt = 0;
  #isPumping = false;
  #isDue = false;
  #isEnded = false;

  constructor(parts: SessionParts, link: Link, channel: Channel) {
    const { session, acknowledged, acknowledgedDigest } = link;
    this.#parts = parts;
    this.#link = link;
    this.#channel = channel;
    this.#sender = newSender(session, acknowledged);
    this.#digest = acknowledgedDigest;
    this.#digests = new Map([[acknowledged, acknowledgedDigest]]);
    this.#looked = acknowledged;
  }

  /** Sends as much as may be under way, in the background; what comes up meanwhile is looked at in the next round. */
  async pump(): Promise<void> {
    this.#isDue = true;
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#isDue && !this.#isEnded) {
        this.#isDue = false;
        await this.#sendWhatThereIs();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isPumping = false;
    }
  }

  acknowledge(message: AckMessage): void {
    const before = this.#sender;
    this.#sender = afterAck(before, message);
    if (this.#sender === before) return;
    this.#progressAt = this.#parts.stopwatch.elapsed();
    const { acknowledged, sent } = this.#sender;
    const acknowledgedDigest = this.#digests.get(acknowledged);
    if (acknowledgedDigest === undefined) {
      this.#channel.close('a position was acknowledged at which no message ended');
      return;
    }
    this.#unwritten = { acknowledged, acknowledgedDigest };
    if (sent > before.sent) this.#goOnAfter(sent, acknowledgedDigest);
    for (const end of this.#digests.keys()) if (end < acknowledged) this.#digests.delete(end);
    void this.pump();
  }

  /** To be called now and then: sends again what seems lost, and writes down what was acknowledged. */
  tick(): void {
    const isUnderWay = this.#sender.underWay.length > 0;
    if (isUnderWay && this.#parts.stopwatch.elapsed() - this.#progressAt > RESEND_MS)
      this.#resend();
    void this.#writeDown();
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#writeDown();
  }

  async #sendWhatThereIs(): Promise<void> {
    while (!this.#isEnded && maySend(this.#sender) && this.#channel.buffered < BUFFERED_BYTES_MAX) {
      const looked = this.#looked;
      const slice = bounded(await this.#parts.log.read(this.#link, looked));
      if (this.#isEnded || looked !== this.#looked || slice.through <= looked) return;
      this.#looked = slice.through;
      const untold = slice.through - this.#sender.sent;
      if (slice.entries.length > 0 || untold >= UNTOLD_POSITIONS_MAX) this.#send(slice);
    }
  }

  #send({ entries, through }: LogSlice): void {
    const { session, peer } = this.#link;
    const { sent: after, underWay } = this.#sender;
    const message: EntriesMessage = { type: 'entries', session, after, through, entries };
    if (underWay.length === 0) this.#progressAt = this.#parts.stopwatch.elapsed();
    this.#sender = afterSending(this.#sender, message);
    this.#digest = chainDigest(this.#parts.hash, this.#digest, entries);
    this.#digests.set(through, this.#digest);
    this.#parts.observer.sent(peer, entries.length, this.#channel.send(message));
  }

  #resend(): void {
    const digest = this.#digests.get(this.#sender.acknowledged);
    if (digest === undefined) return;
    this.#progressAt = this.#parts.stopwatch.elapsed();
    this.#sender = afterSilence(this.#sender);
    this.#goOnAfter(this.#sender.acknowledged, digest);
    void this.pump();
  }

  #goOnAfter(position: number, digest: string): void {
    this.#digest = digest;
    this.#looked = position;
  }

  async #writeDown(): Promise<void> {
    const change = this.#unwritten;
    if (change === null) return;
    this.#unwritten = null;
    const { peer, session, self } = this.#link;
    try {
      await submitLink(this.#parts, self, { type: 'updateLink', peer, session, change });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isEnded) return;
    this.#parts.observer.failed(this.#link.peer, error);
    this.#channel.close('a fault while sending');
  }
}
