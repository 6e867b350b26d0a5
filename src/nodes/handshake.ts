import type { Link, LinkChange, Recovery } from '../domain/links/link.ts';
import type { Standing } from './messages.ts';

/** Whose log is not what the other end knows of it. */
export type Loser = 'here' | 'peer';

/** What an end finds out of the other's standing. */
export interface Facts {
  /** The last position of this node's log. */
  readonly head: number;
  /** Digest of what this log has for the peer up to `standing.received`; null where it does not reach so far. */
  readonly digestAtReceived: string | null;
}

/**
 * Compares what the peer says with what this node knows.
 * The peer has received something that this log does not have: this log has lost it. The peer has less of this log than
 * it once acknowledged, or its own log ends before what was received of it: the peer's was lost. Whether the peer's log
 * is the one that was received, and not another of the same length, only the peer can tell, by the same comparison.
 */
export function findLoser(link: Link, standing: Standing, facts: Facts): Loser | null {
  if (standing.received > facts.head) return 'here';
  if (facts.digestAtReceived !== standing.receivedDigest) return 'here';
  if (standing.received < link.acknowledged) return 'peer';
  if (standing.head < link.received) return 'peer';
  return null;
}

/**
 * Whether the shop's database is the original and not a copy: it knows the token that the hub gave out last. While the
 * hub has not heard that the last handshake was heard of (`nextToken`), the shop may be before it or after it.
 */
export function isOriginal(
  { token, nextToken }: Pick<Link, 'token' | 'nextToken'>,
  presented: { readonly token: string | null },
): boolean {
  if (token === null && nextToken === null) return true;
  return presented.token === token || (nextToken !== null && presented.token === nextToken);
}

/**
 * What an end goes on from when it sends the peer its log: what the peer has received of it.
 * @param digest of this log up to there; null where it does not reach so far, and what was acknowledged stays
 */
export function acknowledgedUpTo(received: number, digest: string | null): LinkChange {
  return digest === null ? {} : { acknowledged: received, acknowledgedDigest: digest };
}

/**
 * Where the reading back of what was lost begins. Where the peer's copy does not reach so far, or has other entries
 * there, it was restored itself to what it had before: then all has to be compared (see `startRecovery`).
 * @param peer what the peer says of its copy; where it is not known yet, the next handshake tells
 */
export function recoveryOf(
  { recovery, acknowledged }: Pick<Link, 'recovery' | 'acknowledged'>,
  peer?: Pick<Standing, 'received'>,
): Recovery {
  const known = recovery ?? { common: acknowledged, replayed: acknowledged };
  return peer && peer.received < known.common ? { common: 0, replayed: 0 } : known;
}
