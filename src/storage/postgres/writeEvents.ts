import {
  type EventDetails,
  isMovement,
  type LedgerEvent,
  type Movement,
} from '../../domain/events.ts';
import { numbersOrNull, texts } from './arrays.ts';
import type { WriteStatement } from './writeStatement.ts';

/** Appends events in their order after the head of the log. @param levelId what a movement's level is known as */
export function addEvents(
  write: WriteStatement<unknown>,
  events: readonly LedgerEvent[],
  levelId: (of: Movement) => number,
): void {
  if (events.length === 0) return;
  const movements = events.map((event) => (isMovement(event) ? event : null));
  const balances = movements.map((event) => event?.balances);
  const notices = events.map((event) => (isMovement(event) ? null : event));
  const textOf = rememberingLast((details: EventDetails) => JSON.stringify(details));
  write.add('new_events', (parameter) => {
    const columns = [
      parameter(texts(events.map(({ type }) => type)), 'text[]'),
      parameter(texts(events.map(({ actor }) => actor)), 'text[]'),
      parameter(texts(events.map(({ requestId }) => requestId)), 'text[]'),
      parameter(texts(events.map(({ reservationId }) => reservationId)), 'text[]'),
      parameter(texts(events.map(({ details }) => details && textOf(details))), 'text[]'),
      parameter(numbersOrNull(movements.map((event) => event && levelId(event))), 'bigint[]'),
      parameter(numbersOrNull(movements.map((event) => event?.version ?? null)), 'bigint[]'),
      parameter(numbersOrNull(movements.map((event) => event?.quantity ?? null)), 'bigint[]'),
      parameter(texts(movements.map((event) => event?.from ?? null)), 'text[]'),
      parameter(texts(movements.map((event) => event?.to ?? null)), 'text[]'),
      parameter(numbersOrNull(balances.map((level) => level?.available ?? null)), 'bigint[]'),
      parameter(numbersOrNull(balances.map((level) => level?.reserved ?? null)), 'bigint[]'),
      parameter(numbersOrNull(balances.map((level) => level?.committed ?? null)), 'bigint[]'),
      parameter(numbersOrNull(balances.map((level) => level?.unavailable ?? null)), 'bigint[]'),
      parameter(texts(notices.map((event) => event?.sku ?? null)), 'text[]'),
      parameter(texts(notices.map((event) => event?.location ?? null)), 'text[]'),
    ];
    return `
      INSERT INTO events
        (position, time, type, actor, request_id, reservation_id, details, level, version, quantity,
         from_account, to_account, available, reserved, committed, unavailable, sku, location)
      SELECT head.last + ordinality, head.time, type, actor, request_id, reservation_id, details,
        level, version, quantity, from_account, to_account, available, reserved, committed,
        unavailable, sku, location
      FROM head, unnest(${columns.join(', ')}) WITH ORDINALITY AS event
        (type, actor, request_id, reservation_id, details, level, version, quantity, from_account,
         to_account, available, reserved, committed, unavailable, sku, location, ordinality)`;
  });
}

/** The events of one reservation share their details, so the next text is often the same again. */
function rememberingLast<T extends object>(textOf: (value: T) => string): (value: T) => string {
  let last: T | undefined;
  let text = '';
  return (value) => {
    if (value !== last) {
      last = value;
      text = textOf(value);
    }
    return text;
  };
}
