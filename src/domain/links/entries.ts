import type { EventDetails, EventDraft, LoggedEvent, Movement, MovementDraft } from '../events.ts';
import { isMovement } from '../events.ts';
import { giveBack } from '../reservationCommands.ts';
import { decideHubNotice, decideShopNotice } from './catalogueEntries.ts';
import { type EventGroup, NOTHING } from './eventGroup.ts';
import { decideCover, grantAtRest, grantUnits } from './grants.ts';
import type { Link } from './link.ts';
import { isAskedFor, shareAfterPeer } from './share.ts';
import type { LinkState } from './state.ts';
import { decideStep } from './transferSteps.ts';

/** How long units that were asked for are kept for the command that waits for them, in seconds. */
export const REQUEST_HOLD_SECONDS = 1;

/**
 * Whether an entry is about goods that the link is not about. A peer has no say about them: what it says of them is kept,
 * and does nothing. Of goods on their way to or from the link's location it tells where they are by now.
 */
export function isAboutOtherGoods(
  link: Pick<Link, 'location'>,
  { type, sku, location }: LoggedEvent,
): boolean {
  if (type === 'transfer_step') return false;
  return sku !== null && location !== null && location !== link.location;
}

/**
 * What an entry of the peer's log does here. What puts back a lost event did it when that happened; only the hub's
 * catalogue is looked at again, for another shop than this may have been the one that the event was read back from.
 * The peer's share is to have been brought up to the entry before.
 */
export function decideEntry(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
  now: number,
): readonly EventGroup[] {
  const isPutBack = event.details?.replayOf !== undefined;
  if (isPutBack && isMovement(event)) return decideStep(state, link, event);
  if (isPutBack && link.peerRole === 'store') return NOTHING;
  if (isMovement(event)) return decideMovementEntry(state, link, event, now);
  switch (event.type) {
    case 'want':
      return isFor(link, event) ? serve(state, link, event) : NOTHING;
    case 'share_wanted':
      return isFor(link, event) ? passOnAtRest(state, link, event) : NOTHING;
    case 'cancel_asked':
      return isFor(link, event) ? cancelPart(state, link, event) : NOTHING;
    default:
      return link.peerRole === 'hub'
        ? decideHubNotice(state, link, event)
        : decideShopNotice(state, link, event);
  }
}

/** Asked in this session, of this node. What was asked in an older one was given up since. */
function isFor({ self, session }: Link, { details }: LoggedEvent): boolean {
  return details?.peer === self && details.session === session;
}

function decideMovementEntry(
  state: LinkState,
  link: Link,
  event: LoggedEvent & Movement,
  now: number,
): readonly EventGroup[] {
  const { details } = event;
  if (event.type === 'grant' && details?.peer === link.self) return takeIn(state, link, event, now);
  const covers = event.balances.available < 0 ? cover(state, link, event) : NOTHING;
  // Parts on their way were taken for units that make good what is missing, until the peer has them.
  if (details?.madeBy === link.self) return [...learnOfPart(state, link, event), ...covers];
  return details?.transferId === undefined
    ? covers
    : [...decideStep(state, link, event), ...covers];
}

/** What is missing at the peer since this entry, the entry itself included. */
function cover(state: LinkState, link: Link, event: LoggedEvent & Movement): readonly EventGroup[] {
  const { sku, location } = event;
  if (state.location(location)?.fence !== undefined) return NOTHING;
  const share = shareAfterPeer(state.share(link.peer, sku, location), event, link.self);
  const grants = decideCover(state.level(sku, location), share);
  return grants.length > 0 ? [grants] : NOTHING;
}

/** Takes in what the peer has passed on. What was asked for is kept for the command that waits for it. */
function takeIn(
  state: LinkState,
  link: Link,
  event: LoggedEvent & Movement,
  now: number,
): readonly EventGroup[] {
  const { sku, location, quantity, position, details, reservationId } = event;
  if (position <= link.acceptedThrough) return NOTHING;
  const isPart = event.from === 'committed' && reservationId !== null;
  const accept: MovementDraft = {
    type: 'accept',
    sku,
    location,
    quantity,
    from: 'transit',
    to: isPart ? 'committed' : event.from === 'unavailable' ? 'unavailable' : 'available',
    reservationId: isPart ? partId(state, reservationId, link.peer) : null,
    details: {
      peer: link.peer,
      grant: position,
      ...(isPart && { madeBy: link.peer, ...holdOf(event) }),
      ...(details?.request !== undefined && { request: details.request }),
      ...(details?.reason !== undefined && { reason: details.reason }),
    },
  };
  const request = details?.request;
  if (request === undefined || accept.to !== 'available') return [[accept]];
  // What makes good a shortfall cannot be kept.
  const units = Math.min(quantity, state.level(sku, location).available + quantity);
  return units > 0 && isAwaited(state, link, event, request)
    ? [[accept], [keep(accept, units, request, now)]]
    : [[accept]];
}

/** Whether a command still waits for it: where it was decided meanwhile, its hold has ended. */
function isAwaited(
  state: LinkState,
  { peer, session }: Link,
  { sku, location }: Movement,
  request: string,
): boolean {
  const { request: open, requestSession } = state.share(peer, sku, location);
  const hold = state.reservation(request);
  const hasEnded = hold !== undefined && hold.status !== 'held';
  return open === request && requestSession === session && !hasEnded;
}

/** Until when a part had been held before it was sold. */
function holdOf({ details }: Movement): EventDetails {
  const { expiresAt, ttlSeconds } = details ?? {};
  return expiresAt === undefined || ttlSeconds === undefined ? {} : { expiresAt, ttlSeconds };
}

function keep(
  { sku, location }: MovementDraft,
  quantity: number,
  request: string,
  now: number,
): EventDraft {
  const ttlSeconds = REQUEST_HOLD_SECONDS;
  return {
    type: 'reserve',
    sku,
    location,
    quantity,
    from: 'available',
    to: 'reserved',
    reservationId: request,
    details: { expiresAt: now + ttlSeconds * 1_000, ttlSeconds },
  };
}

/**
 * Under what id the part of another node's reservation is kept here, should its own be taken; also by lines of it that came
 * earlier and were handed over or given back before this one: what has ended does not begin again.
 */
function partId(state: LinkState, reservationId: string, peer: string): string {
  const known = state.reservation(reservationId);
  const isFree = known === undefined || (known.madeBy === peer && known.status === 'confirmed');
  return isFree ? reservationId : foreignId(reservationId, peer);
}

/** @param peer the node that made the reservation */
export function foreignId(reservationId: string, peer: string): string {
  return `${reservationId}@${peer}`;
}

/** The peer has handed over, or given back, units of a reservation that was made here. */
function learnOfPart(
  state: LinkState,
  link: Link,
  { type, sku, location, quantity, reservationId }: LoggedEvent & Movement,
): readonly EventGroup[] {
  if (type !== 'fulfil' && type !== 'cancel') return NOTHING;
  const id = reservationId?.replace(`@${link.self}`, '') ?? '';
  const line = state
    .reservation(id)
    ?.lines.find((one) => one.sku === sku && one.location === location);
  if (line?.passed?.node !== link.peer || line.passed.open < quantity) return NOTHING;
  return [
    [
      {
        type: type === 'fulfil' ? 'part_fulfilled' : 'part_cancelled',
        sku,
        location,
        reservationId: id,
        details: { peer: link.peer, units: quantity },
      },
    ],
  ];
}

/**
 * Gives what is asked for, as far as it is there. A node that has asked for units of the same level itself gives only
 * to the hub: otherwise two nodes that are both short would swap what they have, and both refuse.
 */
function serve(state: LinkState, link: Link, event: LoggedEvent): readonly EventGroup[] {
  const { sku, location, details } = event;
  const { request, units = 0 } = details ?? {};
  if (sku === null || location === null || request === undefined) return NOTHING;
  const level = state.level(sku, location);
  const isShort = isAskedFor(state.share(link.peer, sku, location), link.session);
  const mayGive =
    (!isShort || link.peerRole === 'hub') && state.location(location)?.fence === undefined;
  const given = mayGive ? Math.min(Math.max(level.available, 0), units) : 0;
  if (given > 0) return [[grantUnits(level, given, link.peer, request)]];
  return [
    [
      {
        type: 'want_refused',
        sku,
        location,
        reservationId: null,
        details: { peer: link.peer, request },
      },
    ],
  ];
}

/**
 * Passes on what is to lie with the peer at rest, as far as it is still there; nothing while a buyer waits here for more
 * of it, who would then miss what was here.
 */
function passOnAtRest(state: LinkState, link: Link, event: LoggedEvent): readonly EventGroup[] {
  const { sku, location, details } = event;
  const { units = 0, keep = 0, reason } = details ?? {};
  if (sku === null || location === null) return NOTHING;
  if (state.location(location)?.fence !== undefined) return NOTHING;
  if (isAskedFor(state.share(link.peer, sku, location), link.session)) return NOTHING;
  const level = state.level(sku, location);
  const given = Math.min(level.available - keep, units);
  if (given <= 0) return NOTHING;
  return [
    [
      reason === undefined
        ? grantUnits(level, given, link.peer)
        : grantAtRest(level, given, link.peer, reason),
    ],
  ];
}

function cancelPart(state: LinkState, link: Link, event: LoggedEvent): readonly EventGroup[] {
  const { reservationId } = event;
  if (reservationId === null) return NOTHING;
  const part = state.reservation(partId(state, reservationId, link.peer));
  if (part?.status !== 'confirmed' || part.madeBy !== link.peer) return NOTHING;
  return [giveBack(part, 'cancel', null)];
}
