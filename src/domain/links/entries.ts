import type { LocationContent, Product, ProductContent } from '../catalogue.ts';
import { sameContent } from '../catalogueCommands.ts';
import type { EventDetails, EventDraft, LoggedEvent, Movement, MovementDraft } from '../events.ts';
import { isMovement } from '../events.ts';
import { contentAfter } from '../evolve.ts';
import { identifierProblem } from '../identifiers.ts';
import { giveBack } from '../reservationCommands.ts';
import { hasUnits, onHand } from '../stock.ts';
import { decideCover, grantUnits } from './grants.ts';
import type { Link } from './link.ts';
import { lentUnits, shareAfterPeer } from './share.ts';
import type { LinkState } from './state.ts';

/** How long units that were asked for are kept for the command that waits for them, in seconds. */
const REQUEST_HOLD_SECONDS = 1;

/** Events that belong together: those of one reservation, or of none. */
export type EventGroup = readonly EventDraft[];

const NOTHING: readonly EventGroup[] = [];

/**
 * Whether an entry is about goods that the link is not about. A peer has no say about them: what it says of them is kept,
 * and does nothing.
 */
export function isAboutOtherGoods(
  link: Pick<Link, 'location'>,
  { sku, location }: LoggedEvent,
): boolean {
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
  if (isPutBack && (isMovement(event) || link.peerRole === 'store')) return NOTHING;
  if (isMovement(event)) return decideMovementEntry(state, link, event, now);
  switch (event.type) {
    case 'want':
      return isFor(link, event) ? serve(state, link, event) : NOTHING;
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
  if (details?.madeBy === link.self) return learnOfPart(state, link, event);
  return event.balances.available < 0 ? cover(state, link, event) : NOTHING;
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

/** Under what id the part of another node's reservation is kept here, should its own be taken. */
function partId(state: LinkState, reservationId: string, peer: string): string {
  const known = state.reservation(reservationId);
  return known === undefined || known.madeBy === peer
    ? reservationId
    : foreignId(reservationId, peer);
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
  const own = state.share(link.peer, sku, location);
  const isShort = own.request !== null && own.requestSession === link.session;
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

function cancelPart(state: LinkState, link: Link, event: LoggedEvent): readonly EventGroup[] {
  const { reservationId } = event;
  if (reservationId === null) return NOTHING;
  const part = state.reservation(partId(state, reservationId, link.peer));
  if (part?.status !== 'confirmed' || part.madeBy !== link.peer) return NOTHING;
  return [giveBack(part, 'cancel', null)];
}

/** The hub writes the catalogue, and its version wins. */
function decideHubNotice(state: LinkState, link: Link, event: LoggedEvent): readonly EventGroup[] {
  const { type, sku, location } = event;
  if (type.startsWith('product_') && sku !== null) return copyProduct(state, link, event, sku);
  if (type === 'removal_asked' && sku !== null) return answerRemoval(state, link, sku);
  if (type.startsWith('location_') && location !== null) {
    return copyLocation(state, link, event, location);
  }
  if ((type === 'node_added' || type === 'node_retired') && location !== null) {
    const peer = event.details?.peer;
    const isHere = type === 'node_retired' || peer === link.self;
    const details = { origin: link.peer, ...(!isHere && peer !== undefined && { peer }) };
    return [[{ type, sku: null, location, reservationId: null, details }]];
  }
  return NOTHING;
}

function copyProduct(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
  sku: string,
): readonly EventGroup[] {
  const known = state.product(sku);
  const after = contentAfter(event);
  if (known === undefined && after === undefined) return NOTHING;
  if (known !== undefined && after === undefined && hasAny(state, link, sku)) {
    return [[keptProduct(known, sku)]];
  }
  if (known?.node === link.peer && after !== undefined && sameContent(known, after)) return NOTHING;
  return [[copied(link, 'product', { sku, location: null }, known, after)]];
}

/** Whether there is any of the product in the shop, its own or the hub's. */
function hasAny(state: LinkState, { peer, location }: Link, sku: string): boolean {
  return hasUnits(state.level(sku, location)) || lentUnits(state.share(peer, sku, location)) > 0;
}

/** The product stays as it is. Whoever hears of it and has removed it already, the hub or a shop, takes it up again. */
function keptProduct(known: Product, sku: string): EventDraft {
  const after = contentOf(known);
  const details = { before: after, after };
  return { type: 'product_changed', sku, location: null, reservationId: null, details };
}

/** Says whether there is any of the product here; where there is none, none can come in from now on. */
function answerRemoval(state: LinkState, link: Link, sku: string): readonly EventGroup[] {
  const known = state.product(sku);
  const { peer, location } = link;
  const name = { sku, location: null, reservationId: null };
  if (known !== undefined && hasAny(state, link, sku)) {
    const units = onHand(state.level(sku, location)) + lentUnits(state.share(peer, sku, location));
    return [[{ type: 'removal_kept', ...name, details: { peer, units: Math.max(units, 0) } }]];
  }
  const cleared: EventDraft = { type: 'removal_cleared', ...name, details: { peer } };
  if (known === undefined) return [[cleared]];
  return [[copied(link, 'product', { sku, location: null }, known, undefined)], [cleared]];
}

function copyLocation(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
  location: string,
): readonly EventGroup[] {
  const known = state.location(location);
  const after = contentAfter(event);
  if (known === undefined && after === undefined) return NOTHING;
  if (known !== undefined && after !== undefined && sameContent(known, after)) return NOTHING;
  return [[copied(link, 'location', { sku: null, location }, known, after)]];
}

function copied(
  link: Link,
  kind: 'product' | 'location',
  name: { readonly sku: string | null; readonly location: string | null },
  before: ProductContent | LocationContent | undefined,
  after: ProductContent | LocationContent | undefined,
): EventDraft {
  const change = after === undefined ? 'deleted' : before === undefined ? 'created' : 'changed';
  const details = {
    origin: link.peer,
    ...(before !== undefined && { before: contentOf(before) }),
    ...(after !== undefined && { after }),
  };
  return { type: `${kind}_${change}`, ...name, reservationId: null, details };
}

/** A row without what is not content. */
function contentOf(row: ProductContent | LocationContent): ProductContent | LocationContent {
  if ('kind' in row) {
    const { name, kind, attributes } = row;
    return { name, kind, attributes };
  }
  const { name, description, category, attributes } = row;
  return { name, description, category, attributes };
}

/**
 * A product that a shop has added while it was cut off becomes one of the chain, unless the hub has one already. One that
 * was to be removed stays: the shop may have said that it has none before it added it.
 */
function decideShopNotice(state: LinkState, link: Link, event: LoggedEvent): readonly EventGroup[] {
  const { type, sku, details } = event;
  if (sku === null || details?.origin !== undefined) return NOTHING;
  if (type === 'removal_cleared' || type === 'removal_kept')
    return learnOfRemoval(state, link, event, sku);
  if (type !== 'product_created' && type !== 'product_changed') return NOTHING;
  if (identifierProblem(sku) !== null) return NOTHING;
  const known = state.product(sku);
  if (known?.removal !== undefined) return [[keptProduct(known, sku)]];
  const after = contentAfter(event);
  if (after === undefined || known !== undefined) return NOTHING;
  const draft: EventDraft = {
    type,
    sku,
    location: null,
    reservationId: null,
    details: { after, peer: link.peer },
  };
  return [[draft]];
}

/** Notes what a shop has said about a product that is to be removed, unless it is wanted again. One that has some keeps it. */
function learnOfRemoval(
  state: LinkState,
  { peer }: Link,
  { type, details }: LoggedEvent,
  sku: string,
): readonly EventGroup[] {
  const known = state.product(sku);
  if (known?.removal === undefined) return NOTHING;
  if (type !== 'removal_cleared' && type !== 'removal_kept') return NOTHING;
  const units = details?.units;
  const said = units === undefined ? { peer } : { peer, units };
  const learnt: EventDraft = { type, sku, location: null, reservationId: null, details: said };
  return type === 'removal_kept' ? [[learnt], [keptProduct(known, sku)]] : [[learnt]];
}
