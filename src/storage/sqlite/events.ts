import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type EventDetails,
  isMovement,
  type LedgerEvent,
  type LoggedEvent,
  type Movement,
} from '../../domain/events.ts';
import type { Stamp } from '../../domain/stamp.ts';
import { EVENT_COLUMNS, type EventColumns, eventOf } from '../rows/events.ts';
import { MultiInsert } from './multiInsert.ts';
import { all, one } from './statement.ts';

export const NAMED_EVENTS = 'events LEFT JOIN level_ids AS names ON names.id = events.level';

const READ_AFTER = `
  SELECT ${EVENT_COLUMNS} FROM ${NAMED_EVENTS}
  WHERE position > ? ORDER BY position LIMIT ?`;

const READ_POSITION_AFTER = `
  SELECT position FROM events WHERE position > ? ORDER BY position LIMIT 1`;

const INSERT_MOVEMENTS = `
  INSERT INTO events
    (position, time, type, actor, request_id, reservation_id, details, level, version, quantity,
     from_account, to_account, available, reserved, committed, unavailable)`;
const MOVEMENT_COLUMNS = 16;
const INSERT_NOTICES = `
  INSERT INTO events
    (position, time, type, actor, request_id, reservation_id, details, sku, location)`;
const NOTICE_COLUMNS = 9;

export class EventReader {
  readonly #after: StatementSync;
  readonly #positionAfter: StatementSync;

  constructor(db: DatabaseSync) {
    this.#after = db.prepare(READ_AFTER);
    this.#positionAfter = db.prepare(READ_POSITION_AFTER);
  }

  /** At most `limit` events after a position, in order. */
  after(position: number, limit: number): LoggedEvent[] {
    return all<EventColumns>(this.#after, position, limit).map(eventOf);
  }

  /** Where the next event stands; undefined at the end of the log. */
  positionAfter(position: number): number | undefined {
    return one<{ position: number }>(this.#positionAfter, position)?.position;
  }
}

export class EventWriter {
  readonly #movements: MultiInsert;
  readonly #notices: MultiInsert;

  constructor(db: DatabaseSync) {
    this.#movements = new MultiInsert(db, INSERT_MOVEMENTS, MOVEMENT_COLUMNS);
    this.#notices = new MultiInsert(db, INSERT_NOTICES, NOTICE_COLUMNS);
  }

  /** @param levelId what a movement's level is known as */
  append(events: readonly LedgerEvent[], stamp: Stamp, levelId: (of: Movement) => number): void {
    const movements: SQLInputValue[] = [];
    const notices: SQLInputValue[] = [];
    const textOf = rememberingLast((details: EventDetails) => JSON.stringify(details));
    let position = stamp.firstPosition;
    for (const event of events) {
      const { type, actor, requestId, reservationId } = event;
      const details = event.details && textOf(event.details);
      const values = isMovement(event) ? movements : notices;
      values.push(position, stamp.time, type, actor, requestId, reservationId, details);
      if (isMovement(event)) pushMovement(movements, event, levelId(event));
      else notices.push(event.sku, event.location);
      position += 1;
    }
    this.#movements.run(movements);
    this.#notices.run(notices);
  }
}

function pushMovement(
  values: SQLInputValue[],
  { version, quantity, from, to, balances }: Movement,
  level: number,
): void {
  const { available, reserved, committed, unavailable } = balances;
  values.push(level, version, quantity, from, to, available, reserved, committed, unavailable);
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
