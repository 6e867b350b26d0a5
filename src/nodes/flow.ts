import { invariant } from '../domain/invariant.ts';
import type { AckMessage, EntriesMessage } from './messages.ts';

/** Messages with entries that may be under way unacknowledged. */
export const MESSAGES_UNDER_WAY_MAX = 8;

/**
 * The sending half of a session. Messages follow each other without gaps; what is not acknowledged in time is sent again
 * from the last acknowledged position on (go-back-N; Cerf and Kahn 1974). Pure: every function gives the next state.
 */
export interface Sender {
  readonly session: number;
  /** Everything up to here is acknowledged. */
  readonly acknowledged: number;
  /** Everything up to here was sent, and is not given up for lost. */
  readonly sent: number;
  /** Up to here something was ever sent: what was given up for lost may have arrived all the same. */
  readonly reached: number;
  /** Ends of the messages that are under way, in order. */
  readonly underWay: readonly number[];
}

export function newSender(session: number, acknowledged: number): Sender {
  return { session, acknowledged, sent: acknowledged, reached: acknowledged, underWay: [] };
}

export function maySend({ underWay }: Sender): boolean {
  return underWay.length < MESSAGES_UNDER_WAY_MAX;
}

export function afterSending(sender: Sender, message: EntriesMessage): Sender {
  invariant(message.after === sender.sent, 'a message follows the one before');
  const { through } = message;
  const reached = Math.max(sender.reached, through);
  return { ...sender, sent: through, reached, underWay: [...sender.underWay, through] };
}

/**
 * An acknowledgement of another session, of what was never sent, or an old one, changes nothing. One of what was given
 * up for lost counts: else the messages that may be under way, if they are shorter the second time, would never come to
 * where the receiver stands.
 */
export function afterAck(sender: Sender, { session, through }: AckMessage): Sender {
  const { acknowledged, sent, reached, underWay } = sender;
  if (session !== sender.session || through <= acknowledged || through > reached) return sender;
  return {
    ...sender,
    acknowledged: through,
    sent: Math.max(sent, through),
    underWay: underWay.filter((end) => end > through),
  };
}

/** What was under way is given up for lost. */
export function afterSilence(sender: Sender): Sender {
  return { ...sender, sent: sender.acknowledged, underWay: [] };
}

/**
 * The receiving half. `taken` runs ahead of what is durable: messages are given to the ledger one after another without
 * waiting, and acknowledged when they are applied.
 */
export interface Receiver {
  readonly session: number;
  /** Everything up to here was given to the ledger. */
  readonly taken: number;
}

export type Reception =
  /** It brings what comes next: this is what of it was not taken before. */
  | { readonly kind: 'take'; readonly message: EntriesMessage }
  /** It was applied before, or something before it is missing: the sender is to hear where this end stands. */
  | { readonly kind: 'repeat' }
  /** It is of another session. */
  | { readonly kind: 'ignore' };

/** What is sent again after a silence often ends later than the first time, for the log has grown. */
export function receive({ session, taken }: Receiver, message: EntriesMessage): Reception {
  if (message.session !== session) return { kind: 'ignore' };
  const follows = message.after <= taken && message.through > taken;
  if (!follows) return { kind: 'repeat' };
  const entries = message.entries.filter(({ position }) => position > taken);
  return { kind: 'take', message: { ...message, after: taken, entries } };
}

export function afterTaking(receiver: Receiver, { through }: EntriesMessage): Receiver {
  return { ...receiver, taken: through };
}
