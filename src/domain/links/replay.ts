import { sameContent } from '../catalogueCommands.ts';
import type { EventDraft, LoggedEvent, Movement, MovementDraft, Notice } from '../events.ts';
import { isMovement } from '../events.ts';
import { contentAfter } from '../evolve.ts';
import type { Account, OutsideAccount } from '../stock.ts';
import type { EventGroup } from './entries.ts';
import type { Link } from './link.ts';
import type { LinkState } from './state.ts';

const NOTHING: readonly EventGroup[] = [];

/**
 * Puts back an event that this log has lost, as the peer's copy tells it. What has been done since may leave no room
 * for it: then what has left or entered the shop is booked all the same, and a promise that cannot be kept is not
 * made again. The balance may fall below zero, which is a shortfall like any other.
 */
export function decideReplay(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
): readonly EventGroup[] {
  if (!isMovement(event)) return replayNotice(state, event);
  if (event.type === 'accept' && (event.details?.grant ?? 0) <= link.acceptedThrough)
    return NOTHING;
  const movement = fits(state, event) ? again(event) : replayOutside(event);
  return movement === null ? NOTHING : [...missingPlaces(state, link, event), [movement]];
}

function again(event: LoggedEvent & Movement): MovementDraft {
  const { type, sku, location, quantity, from, to, reservationId, details, position } = event;
  const said = { ...details, replayOf: position };
  return { type, sku, location, quantity, from, to, reservationId, details: said };
}

/** Whether every account has what the movement takes, and its reservation is as it was before it. */
function fits(state: LinkState, event: LoggedEvent & Movement): boolean {
  const { sku, location, quantity, from, type, reservationId } = event;
  const level = state.level(sku, location);
  if (event.details?.transferId !== undefined) return false;
  if (reservationId !== null && !reservationFits(state, event, reservationId)) return false;
  if (from === 'reserved' || from === 'committed' || from === 'unavailable') {
    return level[from] >= quantity;
  }
  const promises = type === 'reserve' || type === 'quarantine' || type === 'dispatch';
  return !promises || level.available >= quantity;
}

function reservationFits(
  state: LinkState,
  { type, sku, location, details }: LoggedEvent & Movement,
  id: string,
): boolean {
  const known = state.reservation(id);
  const line = known?.lines.find((one) => one.sku === sku && one.location === location);
  if (type === 'reserve' || type === 'accept') {
    const isFree = known === undefined || known.madeBy === details?.madeBy;
    return line === undefined && isFree;
  }
  return line !== undefined;
}

/** What has left or entered the shop, without the promise that it was for. */
function replayOutside(event: LoggedEvent & Movement): MovementDraft | null {
  const { from, to, type, position, details } = event;
  const draft = { ...again(event), reservationId: null };
  if (type === 'grant') return { ...draft, from: 'available' };
  if (type === 'accept') return { ...draft, to: 'available' };
  const bare = {
    ...draft,
    type: 'adjust',
    details: { reason: details?.reason ?? type, replayOf: position },
  } as const;
  if (isOutside(to))
    return isOutside(from) ? null : { ...bare, from: 'available', to: 'shrinkage' };
  return isOutside(from) ? { ...bare, from: 'shrinkage', to: 'available' } : null;
}

function isOutside(account: Account | OutsideAccount): boolean {
  return (
    account === 'customer' ||
    account === 'supplier' ||
    account === 'shrinkage' ||
    account === 'transit'
  );
}

/** What the catalogue has lost as well comes back with a name of its own; the hub's version will follow. */
function missingPlaces(
  state: LinkState,
  link: Link,
  { sku, location }: Movement,
): readonly EventGroup[] {
  const groups: EventGroup[] = [];
  if (!state.product(sku)) {
    const after = { name: sku, description: null, category: null, attributes: null };
    groups.push([notice('product_created', { sku, location: null }, { after, peer: link.peer })]);
  }
  if (!state.location(location)) {
    const after = { name: location, kind: 'store', attributes: null } as const;
    groups.push([notice('location_created', { sku: null, location }, { after, peer: link.peer })]);
  }
  return groups;
}

function notice(
  type: 'product_created' | 'location_created',
  name: { readonly sku: string | null; readonly location: string | null },
  details: EventDraft['details'],
): EventDraft {
  return { type, ...name, reservationId: null, details };
}

/** Extensions and the catalogue. What was asked of peers was given up since, and what they did they will say again. */
function replayNotice(state: LinkState, event: LoggedEvent & Notice): readonly EventGroup[] {
  const { type, sku, location, reservationId, details, position } = event;
  const said = { ...details, replayOf: position };
  const draft: EventDraft = { type, sku, location, reservationId, details: said };
  if (type === 'extend' && reservationId !== null) {
    return state.reservation(reservationId)?.status === 'held' ? [[draft]] : NOTHING;
  }
  return isNews(state, event) ? [[draft]] : NOTHING;
}

function isNews(state: LinkState, event: LoggedEvent): boolean {
  const { type, sku, location } = event;
  const known = type.startsWith('product_')
    ? sku !== null && state.product(sku)
    : type.startsWith('location_') && location !== null && state.location(location);
  if (known === false) return false;
  const after = contentAfter(event);
  if (after === undefined) return known !== undefined;
  return known === undefined || !sameContent(known, after);
}
