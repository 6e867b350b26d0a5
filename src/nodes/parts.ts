import type { SharingLedger } from '../ledger/ledger.ts';
import type { Randomness, Stopwatch, Timers } from '../ledger/ports.ts';
import type { QueryStore } from '../queries/store.ts';
import type { Hash } from './digest.ts';
import type { Incarnation } from './incarnation.ts';
import type { Codec, RefusalReason } from './messages.ts';

/** What the links of a node work with. They own none of it. */
export interface NodeParts {
  readonly ledger: SharingLedger;
  readonly store: QueryStore;
  /** This node's name. */
  readonly node: string;
  /** SHA-256, as lower-case hexadecimal digits. */
  readonly hash: Hash;
  readonly codec: Codec;
  readonly timers: Timers;
  readonly stopwatch: Stopwatch;
  readonly random: Randomness;
  /** Makes a UUIDv7. */
  readonly newId: () => string;
  readonly incarnation: Incarnation;
  readonly observer: NodeObserver;
  /** See `Storage.onForeignCommit`. */
  readonly onForeignCommit?: (listener: (position: number) => void) => () => void;
}

/** Told of what happens on links; for logs and figures. It must not throw. */
export interface NodeObserver {
  connected(peer: string, session: number): void;
  disconnected(peer: string, reason: string): void;
  refused(peer: string, reason: RefusalReason | 'wrong token'): void;
  /** Entries applied here, or acknowledged by the peer. */
  received(peer: string, entries: number): void;
  sent(peer: string, entries: number, bytes: number): void;
  /** Peers were asked for units: whether all answered in time. */
  asked(peer: string, answered: boolean, waitedMs: number): void;
  failed(peer: string, error: unknown): void;
}

export interface PeerStatus {
  readonly connected: boolean;
  /** On the stopwatch; null when nothing was heard since the start. */
  readonly lastHeardMs: number | null;
}
