import type { LinkPolicy } from './policy.ts';

/** What the other end of a link is. A shop's node has one link, to its hub; a hub has one to each shop's node. */
export type PeerRole = 'hub' | 'store';

/** `retired`: its node was given up for lost; what it still says is kept, and changes nothing. */
export type LinkStatus = 'active' | 'retired';

/**
 * Why a node must not promise what it seems to own at the location of a link:
 * - `unproven`: its database is not the one that it last ran on; a handshake that finds both logs whole ends it;
 * - `restored`: the log of either end lacks what the other end has of it; only a reconciliation ends it;
 * - `copied`: another database has taken this node's place; only a reconciliation ends it;
 * - `retired`: this node was given up for lost, and what it owned was written off; nothing ends it.
 */
export const FENCE_REASONS = ['unproven', 'restored', 'copied', 'retired'] as const;
export type FenceReason = (typeof FENCE_REASONS)[number];

/**
 * How far a node has come in putting back what its log has lost, taken from its peer's copy of it. While both are the
 * same, nothing was put back yet, and `common` is what both are known to have in common, perhaps not all of it.
 */
export interface Recovery {
  /** Position of the last event that this log and the peer's copy of it have in common. */
  readonly common: number;
  /** Position, in the peer's copy, of the last lost event that was put back. */
  readonly replayed: number;
}

/**
 * One end of a link, as this node keeps it. A link carries each end's log to the other, filtered to what concerns it.
 * Positions are those of the log that they are in: `received` of the peer's, `acknowledged` of this node's.
 */
export interface Link {
  readonly peer: string;
  readonly peerRole: PeerRole;
  /** This node's own name. */
  readonly self: string;
  /** The location whose units both ends share: that of the shop. */
  readonly location: string;
  readonly status: LinkStatus;
  readonly fence: FenceReason | null;
  /** An operator has allowed one reconciliation. */
  readonly reconcile: boolean;
  /** What the shop's node proves itself with; at the hub only a hash of it. */
  readonly secret: string;
  /** Tells the original of a shop's database from a copy; changes at each handshake. Null before the first. */
  readonly token: string | null;
  /**
   * The token of the next handshake: at the shop durable before that begins, at the hub until the shop is known to have
   * heard of the handshake.
   */
  readonly nextToken: string | null;
  /** Counts the handshakes; what belongs to an older session changes nothing. */
  readonly session: number;
  /** Everything of the peer's log up to here has been applied. */
  readonly received: number;
  /** Chained digest of what was received. */
  readonly receivedDigest: string;
  /** Position of the last grant of the peer that was taken in. No grant is taken in twice, whatever the cursor says. */
  readonly acceptedThrough: number;
  /** The peer has applied everything of this log up to here, as far as is known. */
  readonly acknowledged: number;
  /** Chained digest of what was sent, up to there. */
  readonly acknowledgedDigest: string;
  /** What this log says up to here has been looked at for units to pass on. */
  readonly considered: number;
  readonly recovery: Recovery | null;
  readonly policy: LinkPolicy;
}

export const NO_DIGEST = '';

/** What an update of a link may change. */
export type LinkChange = Partial<
  Pick<
    Link,
    | 'fence'
    | 'reconcile'
    | 'secret'
    | 'token'
    | 'nextToken'
    | 'session'
    | 'acknowledged'
    | 'acknowledgedDigest'
    | 'received'
    | 'receivedDigest'
    | 'acceptedThrough'
    | 'recovery'
    | 'policy'
  >
>;

/** A link as it is made. */
export type NewLink = Pick<Link, 'peer' | 'peerRole' | 'self' | 'location' | 'secret' | 'policy'>;

export function newLink(made: NewLink): Link {
  return {
    ...made,
    status: 'active',
    fence: null,
    reconcile: false,
    token: null,
    nextToken: null,
    session: 0,
    received: 0,
    receivedDigest: NO_DIGEST,
    acceptedThrough: 0,
    acknowledged: 0,
    acknowledgedDigest: NO_DIGEST,
    considered: 0,
    recovery: null,
  };
}
