import type { LoggedEvent } from '../domain/events.ts';
import type { LinkPolicy } from '../domain/links/policy.ts';

/** What nodes say to each other. Both ends must speak the same version. */
export const PROTOCOL_VERSION = 1;

export type Message =
  | HelloMessage
  | WelcomeMessage
  | RefuseMessage
  | ReadyMessage
  | EntriesMessage
  | AckMessage
  | RecallMessage
  | LostMessage
  | RewindMessage
  | RewoundMessage
  | PingMessage
  | PongMessage;

/** What an end has of the other's log, and how far its own goes. */
export interface Standing {
  /** The last position of its own log. */
  readonly head: number;
  readonly received: number;
  readonly receivedDigest: string;
}

/** The shop begins. */
export interface HelloMessage extends Standing {
  readonly type: 'hello';
  readonly version: number;
  readonly node: string;
  readonly token: string | null;
  /** Null from a node that is new and wants to be introduced. */
  readonly nextToken: string | null;
  /** The shop waits to be given back what its log has lost. */
  readonly recovering: boolean;
}

/**
 * What the session is for: `normal`, the two logs agree; `recoverStore` and `recoverHub`, one end is to be given back
 * what its log has lost; `introduce`, a new node learns who its hub is, and calls again; `retired`, the hub keeps what
 * the node still says and gives it nothing.
 */
export const SESSION_MODES = [
  'normal',
  'recoverStore',
  'recoverHub',
  'introduce',
  'retired',
] as const;
export type SessionMode = (typeof SESSION_MODES)[number];

export interface WelcomeMessage extends Standing {
  readonly type: 'welcome';
  readonly version: number;
  /** The hub's name. */
  readonly node: string;
  readonly location: string;
  readonly policy: LinkPolicy;
  readonly session: number;
  readonly mode: SessionMode;
}

export const REFUSAL_REASONS = ['version', 'unknown', 'copied', 'restored'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Ends a handshake, from either end: `restored` says that one of the two logs is not what the other knows of it. */
export interface RefuseMessage {
  readonly type: 'refuse';
  readonly reason: RefusalReason;
  /** With `restored`: whether the log of the receiver of this message is the one that has lost something. */
  readonly isYours: boolean;
}

/** The shop has found the hub's standing right too; entries may flow. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly session: number;
}

/** Everything of the sender's log after `after` up to `through` that concerns the receiver, in order. */
export interface EntriesMessage {
  readonly type: 'entries';
  readonly session: number;
  readonly after: number;
  readonly through: number;
  readonly entries: readonly LoggedEvent[];
}

/** Everything up to `through` is applied, durably. */
export interface AckMessage {
  readonly type: 'ack';
  readonly session: number;
  readonly through: number;
}

/** Asks the other end for its copy of this end's log. */
export interface RecallMessage {
  readonly type: 'recall';
  readonly session: number;
  readonly after: number;
}

/** The answer: entries of the log of whoever asked, as the other end has them. */
export interface LostMessage {
  readonly type: 'lost';
  readonly session: number;
  readonly after: number;
  readonly entries: readonly LoggedEvent[];
  /** There are no more. */
  readonly isEnd: boolean;
}

/** What was lost is put back: from `common` on the other end is to follow the log anew. */
export interface RewindMessage {
  readonly type: 'rewind';
  readonly session: number;
  readonly common: number;
  readonly digest: string;
  /** Up to here the log has no grant that is newer than its restore; left out, up to `common`. */
  readonly kept?: number;
}

export interface RewoundMessage {
  readonly type: 'rewound';
  readonly session: number;
}

export interface PingMessage {
  readonly type: 'ping';
}

export interface PongMessage {
  readonly type: 'pong';
}

/** Messages as text. */
export interface Codec {
  encode(message: Message): string;
  /** @returns undefined for what is no message of this version */
  decode(text: string): Message | undefined;
}
