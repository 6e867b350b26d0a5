import { isMovement, type LoggedEvent } from '../domain/events.ts';
import type { Link } from '../domain/links/link.ts';
import type { Channel } from './channel.ts';
import { chainDigest } from './digest.ts';
import { afterTaking, MESSAGES_UNDER_WAY_MAX, type Receiver, receive } from './flow.ts';
import { submitLink } from './linkCommands.ts';
import type { EntriesMessage } from './messages.ts';
import type { Planner } from './planner.ts';
import { finishRemovals } from './removals.ts';
import type { SessionParts } from './sessionParts.ts';

/** Messages that may wait to be applied: what a peer that keeps to the protocol sends, several times over. */
const MESSAGES_WAITING_MAX = 4 * MESSAGES_UNDER_WAY_MAX;

/**
 * Applies the peer's log as it comes. Messages are given to the ledger one after another without waiting, for it takes
 * many in one commit, and each is acknowledged when it is durable.
 */
export class Incoming {
  readonly #parts: SessionParts;
  readonly #link: Link;
  readonly #channel: Channel;
  readonly #planner: Planner | null;
  #receiver: Receiver;
  #digest: string;
  #durable: number;
  #waiting = 0;

  constructor(parts: SessionParts, link: Link, channel: Channel, planner: Planner | null) {
    const { session, received, receivedDigest } = link;
    this.#parts = parts;
    this.#link = link;
    this.#channel = channel;
    this.#planner = planner;
    this.#receiver = { session, taken: received };
    this.#digest = receivedDigest;
    this.#durable = received;
  }

  take(told: EntriesMessage): void {
    const reception = receive(this.#receiver, told);
    if (reception.kind === 'repeat') this.#acknowledge();
    if (reception.kind !== 'take') return;
    const { message } = reception;
    if (this.#waiting === MESSAGES_WAITING_MAX) {
      this.#channel.close('too many messages without an acknowledgement');
      return;
    }
    this.#receiver = afterTaking(this.#receiver, message);
    this.#digest = chainDigest(this.#parts.hash, this.#digest, message.entries);
    void this.#apply(message, this.#digest);
  }

  async #apply({ after, through, entries }: EntriesMessage, digest: string): Promise<void> {
    const { peer, session, location } = this.#link;
    this.#waiting += 1;
    try {
      const command = { peer, location, session, after, through, digest, entries } as const;
      await submitLink(this.#parts, peer, { type: 'applyEntries', ...command });
    } catch (error) {
      this.#parts.observer.failed(peer, error);
      this.#channel.close('entries could not be applied');
      return;
    } finally {
      this.#waiting -= 1;
    }
    this.#durable = through;
    this.#parts.observer.received(peer, entries.length);
    this.#acknowledge();
    for (const entry of entries) this.#tellWhoAsked(entry);
    this.#planner?.heard(entries);
    if (this.#link.peerRole === 'store') await this.#finishRemovals(entries);
  }

  async #finishRemovals(entries: readonly LoggedEvent[]): Promise<void> {
    try {
      await finishRemovals(this.#parts, entries);
    } catch (error) {
      this.#parts.observer.failed(this.#link.peer, error);
    }
  }

  #acknowledge(): void {
    const { session } = this.#link;
    this.#channel.send({ type: 'ack', session, through: this.#durable });
  }

  #tellWhoAsked(event: LoggedEvent): void {
    const { peer, self } = this.#link;
    const request = event.details?.request;
    const isAnswer = isMovement(event) ? event.type === 'grant' : event.type === 'want_refused';
    if (isAnswer && request !== undefined && event.details?.peer === self) {
      this.#parts.requests.answered(peer, request, event);
    }
  }
}
