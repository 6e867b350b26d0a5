import { isMovement, type LedgerEvent, type LoggedEvent, type Movement } from '../events.ts';
import { type Balances, hasUnits, type LevelKey, levelKey, onHand } from '../stock.ts';

/**
 * What a peer owns of one stock level, as its log says so far, and what is on its way there.
 * `position` and `time` are those of the peer's newest movement of the level that is known here; 0 for none.
 */
export interface Share extends Balances {
  readonly peer: string;
  readonly sku: string;
  readonly location: string;
  readonly version: number;
  readonly position: number;
  /** Milliseconds since 1970, on the peer's clock. */
  readonly time: number;
  /** Units that this node has passed to the peer, ever. */
  readonly granted: number;
  /** How many of them the peer has taken in, as far as is known. */
  readonly arrived: number;
  /** This node's open request for units of the level, and the session that it was made in. */
  readonly request: string | null;
  readonly requestSession: number;
}

/** Identifies a share in a map. */
export type ShareKey = string;

export function shareKey(peer: string, sku: string, location: string): ShareKey {
  return `${peer}\u0000${levelKey(sku, location)}`;
}

export function levelKeyOf({ sku, location }: Pick<Share, 'sku' | 'location'>): LevelKey {
  return levelKey(sku, location);
}

export function emptyShare(peer: string, sku: string, location: string): Share {
  return {
    peer,
    sku,
    location,
    available: 0,
    reserved: 0,
    committed: 0,
    unavailable: 0,
    version: 0,
    position: 0,
    time: 0,
    granted: 0,
    arrived: 0,
    request: null,
    requestSession: 0,
  };
}

/** Whether this node waits for units of the level that it has asked the peer for in this session. */
export function isAskedFor({ request, requestSession }: Share, session: number): boolean {
  return request !== null && requestSession === session;
}

/** Units on their way to the peer. */
export function inFlight({ granted, arrived }: Share): number {
  return granted - arrived;
}

/**
 * Units that the peer will have without having asked. Where it has taken in more than this log knows to have sent, for
 * the log has lost it, or a copy of the peer took it in too, nothing is on its way.
 */
export function comingUnits(share: Share): number {
  return Math.max(inFlight(share), 0);
}

/**
 * Units of the peer and on their way to it: goods that lie in the shop and are not the shop's own. Exact at the shop
 * however old the picture of the hub is, for only grants between the two change the sum.
 */
export function lentUnits(share: Share): number {
  return onHand(share) + inFlight(share);
}

/** Whether the peer neither owns nor owes anything, and nothing is on its way to it. */
export function isSettled(share: Share): boolean {
  return !hasUnits(share) && inFlight(share) === 0;
}

/** Units that the peer has handed over or promised and does not have, and that are not on their way to it yet. */
export function owedUnits(share: Share): number {
  return Math.max(-share.available - comingUnits(share), 0);
}

/** Whether an event of this node's own log changes what is known of the peer that it names. */
export function concernsShare({ type }: LedgerEvent): boolean {
  return type === 'grant' || type === 'want' || type === 'write_off';
}

/** The share after such an event: units were passed to the peer, asked of it, or given up with it. */
export function shareAfterOwn(share: Share, event: LedgerEvent): Share {
  if (event.type === 'write_off') {
    const { peer, sku, location, version, position, time, granted } = share;
    const gone = { version, position, time, granted, arrived: granted };
    return { ...emptyShare(peer, sku, location), ...gone };
  }
  if (isMovement(event)) return { ...share, granted: share.granted + event.quantity };
  const { request = null, session = 0 } = event.details ?? {};
  return { ...share, request, requestSession: session };
}

/** The share after an event of the peer's log. */
export function shareAfterPeer(share: Share, event: LoggedEvent, self: string): Share {
  const answered = answersRequest(event, share) ? { ...share, request: null } : share;
  if (!isMovement(event)) return answered;
  const { version, position, time } = event;
  const { available, reserved, committed, unavailable } = event.balances;
  const balances = { available, reserved, committed, unavailable };
  const arrived = answered.arrived + takenIn(event, self);
  return { ...answered, ...balances, version, position, time, arrived };
}

function answersRequest({ type, details }: LoggedEvent, { request }: Share): boolean {
  return (
    (type === 'grant' || type === 'want_refused') &&
    request !== null &&
    details?.request === request
  );
}

/** What an event that puts back a lost one took in was counted when that happened. */
function takenIn({ type, quantity, details }: Movement, self: string): number {
  const counts = type === 'accept' && details?.peer === self && details.replayOf === undefined;
  return counts ? quantity : 0;
}
