import type { EventDraft, LoggedEvent, Movement, MovementDraft } from '../events.ts';
import { isMovement } from '../events.ts';
import type { EventGroup } from './entries.ts';
import type { LinkState } from './state.ts';

/**
 * Puts back an event that this log has lost, as the peer's copy tells it. What has been done since may leave no room
 * for it: then what has left or entered the shop is booked all the same, and a promise that cannot be kept is not
 * made again. The balance may fall below zero, which is a shortfall like any other.
 */
export function decideReplay(state: LinkState, event: LoggedEvent): readonly EventGroup[] {
  if (!isMovement(event)) return event.type === 'extend' ? replayExtension(state, event) : [];
  if (!state.product(event.sku) || !state.location(event.location)) return [];
  if (fits(state, event)) return [[again(event)]];
  return replayOutside(event);
}

function again({
  balances: _balances,
  version: _version,
  ...event
}: LoggedEvent & Movement): MovementDraft {
  const { type, sku, location, quantity, from, to, reservationId, details, position } = event;
  return {
    type,
    sku,
    location,
    quantity,
    from,
    to,
    reservationId,
    details: { ...details, replayOf: position },
  };
}

/** Whether every account has what the movement takes, and its reservation is as it was before it. */
function fits(state: LinkState, event: LoggedEvent & Movement): boolean {
  const { sku, location, quantity, from, type, reservationId } = event;
  const level = state.level(sku, location);
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
    return line === undefined && known?.madeBy === details?.madeBy;
  }
  return line !== undefined;
}

/** What has left or entered the shop, without the promise that it was for. */
function replayOutside(event: LoggedEvent & Movement): readonly EventGroup[] {
  const { from, to, quantity, details } = event;
  const draft = { ...again(event), reservationId: null };
  if (event.type === 'grant' || event.type === 'dispatch')
    return [[{ ...draft, from: 'available' }]];
  if (to === 'customer' || to === 'shrinkage') {
    const sold: MovementDraft = {
      ...draft,
      type: 'adjust',
      quantity,
      from: 'available',
      to: 'shrinkage',
      details: { ...details, replayOf: event.position },
    };
    return [[sold]];
  }
  return from === 'transit' ? [[{ ...draft, to: 'available' }]] : [];
}

function replayExtension(state: LinkState, event: LoggedEvent): readonly EventGroup[] {
  const { reservationId, details, position } = event;
  if (reservationId === null || state.reservation(reservationId)?.status !== 'held') return [];
  const draft: EventDraft = {
    type: 'extend',
    sku: null,
    location: null,
    reservationId,
    details: { ...details, replayOf: position },
  };
  return [[draft]];
}
