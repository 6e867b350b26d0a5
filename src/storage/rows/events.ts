import type {
  EventDetails,
  LoggedEvent,
  Movement,
  MovementType,
  Notice,
  NoticeType,
} from '../../domain/events.ts';
import type { Stamped } from '../../queries/store.ts';

export type MovementColumns = Stamped &
  Omit<Movement, 'balances' | 'details' | 'type'> & {
    readonly type: MovementType;
    readonly available: number;
    readonly reserved: number;
    readonly committed: number;
    readonly unavailable: number;
    readonly details: string | null;
  };

type NoticeColumns = Stamped &
  Omit<Notice, 'details' | 'type'> & {
    readonly type: NoticeType;
    readonly version: null;
    readonly details: string | null;
  };

export type EventColumns = MovementColumns | NoticeColumns;

/** Of `events`, and of the row of `level_ids` that a movement has, as `names`. */
export const EVENT_COLUMNS = `
  position, time, type, actor, request_id AS "requestId", reservation_id AS "reservationId",
  coalesce(names.sku, events.sku) AS sku, coalesce(names.location, events.location) AS location,
  version, quantity, from_account AS "from", to_account AS "to",
  available, reserved, committed, unavailable, details`;

export function eventOf(columns: EventColumns): LoggedEvent {
  return columns.version === null ? noticeOf(columns) : movementOf(columns);
}

export function movementOf(columns: MovementColumns): Movement & Stamped {
  const { available, reserved, committed, unavailable } = columns;
  return {
    position: columns.position,
    time: columns.time,
    type: columns.type,
    sku: columns.sku,
    location: columns.location,
    version: columns.version,
    quantity: columns.quantity,
    from: columns.from,
    to: columns.to,
    balances: { available, reserved, committed, unavailable },
    actor: columns.actor,
    requestId: columns.requestId,
    reservationId: columns.reservationId,
    details: detailsOf(columns.details),
  };
}

function noticeOf(columns: NoticeColumns): Notice & Stamped {
  const { position, time, type, sku, location, actor, requestId, reservationId } = columns;
  const details = detailsOf(columns.details);
  return { position, time, type, sku, location, actor, requestId, reservationId, details };
}

function detailsOf(text: string | null): EventDetails | null {
  return text === null ? null : (JSON.parse(text) as EventDetails);
}
