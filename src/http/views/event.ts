import type { Static } from 'typebox';
import type { EventDetails, LoggedEvent } from '../../domain/events.ts';
import { isMovement } from '../../domain/events.ts';
import type { Event } from '../schemas/event.ts';
import { formatTime } from '../times.ts';
import { policyJson } from './policy.ts';

export type EventJson = Static<typeof Event>;

/** An event as clients see it; what it lacks is left out. */
export function eventJson(event: LoggedEvent, node: string): EventJson {
  const { position, time, type, actor, requestId, reservationId, details } = event;
  return {
    position,
    node,
    time: formatTime(time),
    type,
    ...subjectOf(event),
    actor,
    requestId,
    ...(reservationId !== null && { reservationId }),
    ...(details !== null && detailsJson(details)),
  };
}

function subjectOf(event: LoggedEvent): Partial<EventJson> {
  if (isMovement(event)) {
    const { sku, location, version, quantity, from, to, balances } = event;
    const { available, reserved, committed, unavailable } = balances;
    const after = { available, reserved, committed, unavailable };
    return { sku, location, version, quantity, from, to, balances: after };
  }
  const { sku, location } = event;
  return { ...(sku !== null && { sku }), ...(location !== null && { location }) };
}

function detailsJson(details: EventDetails): Partial<EventJson> {
  const { occurredAt, expiresAt, before, after, policy, places, ...plain } = details;
  return {
    ...plain,
    ...(occurredAt !== undefined && { occurredAt: formatTime(occurredAt) }),
    ...(expiresAt !== undefined && { expiresAt: formatTime(expiresAt) }),
    ...(policy !== undefined && { policy: policyJson(policy) }),
    ...(places !== undefined && { places: [...places] }),
    ...(before !== undefined && { before: valuesJson(before) }),
    ...(after !== undefined && { after: valuesJson(after) }),
  };
}

function valuesJson(values: NonNullable<EventDetails['before']>): object {
  return 'expiresAt' in values ? { expiresAt: formatTime(values.expiresAt) } : values;
}
