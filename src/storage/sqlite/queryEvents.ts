import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LoggedEvent, Movement } from '../../domain/events.ts';
import type { EventPage, EventSlice, Stamped, StatementPage } from '../../queries/store.ts';
import {
  EVENT_COLUMNS,
  type EventColumns,
  eventOf,
  type MovementColumns,
  movementOf,
} from '../rows/events.ts';
import { EventReader, NAMED_EVENTS } from './events.ts';
import type { HeadReader } from './head.ts';
import { all, allNamed } from './statement.ts';

const LEVEL = 'level = (SELECT id FROM level_ids WHERE sku = ? AND location = ?)';

const READ_STATEMENT = `
  SELECT ${EVENT_COLUMNS} FROM ${NAMED_EVENTS}
  WHERE ${LEVEL} AND position > ? ORDER BY position LIMIT ?`;
const READ_STATEMENT_NEWEST_FIRST = `
  SELECT ${EVENT_COLUMNS} FROM ${NAMED_EVENTS}
  WHERE ${LEVEL} AND position < ? ORDER BY position DESC LIMIT ?`;

const READ_OF_LEVEL = `
  SELECT ${EVENT_COLUMNS} FROM ${NAMED_EVENTS}
  WHERE ${LEVEL} AND position > ? ORDER BY position LIMIT ?`;
const READ_NOTICES_OF_LEVEL = `
  SELECT ${EVENT_COLUMNS} FROM ${NAMED_EVENTS}
  WHERE events.sku = ? AND events.location = ? AND position > ? ORDER BY position LIMIT ?`;

// Without a level to go by, every event of a stretch of the log is looked at.
const READ_FILTERED = `
  SELECT ${EVENT_COLUMNS} FROM ${NAMED_EVENTS}
  WHERE position > :after AND position <= :until
    AND (:orNotice AND version IS NULL OR (
      (:types IS NULL OR type IN (SELECT value FROM json_each(:types)))
      AND (:sku IS NULL OR coalesce(names.sku, events.sku) = :sku)
      AND (:location IS NULL OR coalesce(names.location, events.location) = :location)
    ))
  ORDER BY position LIMIT :limit`;

/** How many events one call with a filter looks at; about 5 ms of work. */
const SCANNED_EVENTS_MAX = 10_000;

export class EventQueries {
  readonly #head: HeadReader;
  readonly #events: EventReader;
  readonly #statement: StatementSync;
  readonly #statementNewestFirst: StatementSync;
  readonly #ofLevel: StatementSync;
  readonly #noticesOfLevel: StatementSync;
  readonly #filtered: StatementSync;

  constructor(db: DatabaseSync, head: HeadReader) {
    this.#head = head;
    this.#events = new EventReader(db);
    this.#statement = db.prepare(READ_STATEMENT);
    this.#statementNewestFirst = db.prepare(READ_STATEMENT_NEWEST_FIRST);
    this.#ofLevel = db.prepare(READ_OF_LEVEL);
    this.#noticesOfLevel = db.prepare(READ_NOTICES_OF_LEVEL);
    this.#filtered = db.prepare(READ_FILTERED);
  }

  statement({ sku, location, after, newestFirst, limit }: StatementPage): (Movement & Stamped)[] {
    const columns = newestFirst
      ? all<MovementColumns>(
          this.#statementNewestFirst,
          sku,
          location,
          after ?? Number.MAX_SAFE_INTEGER,
          limit,
        )
      : all<MovementColumns>(this.#statement, sku, location, after ?? 0, limit);
    return columns.map(movementOf);
  }

  events(page: EventPage): EventSlice {
    const { sku, location, types, orNotice, after, limit } = page;
    // Read first: what is committed meanwhile is then found by the next call.
    const head = this.#head.head().position;
    if (head <= after) return { events: [], scanned: after };
    if (sku !== undefined && location !== undefined && orNotice !== true) {
      return this.#eventsOfLevel(sku, location, page, head);
    }
    if (sku === undefined && location === undefined && types === undefined) {
      return slice(this.#events.after(after, limit), limit, head);
    }
    const until = Math.min(after + SCANNED_EVENTS_MAX, head);
    return slice(this.#filter(page, until), limit, until);
  }

  /** Movements and notices of a level have an index each that leads to them. */
  #eventsOfLevel(sku: string, location: string, page: EventPage, head: number): EventSlice {
    const { after, limit, types } = page;
    const columns = [this.#ofLevel, this.#noticesOfLevel]
      .flatMap((statement) => all<EventColumns>(statement, sku, location, after, limit))
      .sort((one, other) => one.position - other.position)
      .slice(0, limit);
    const { events, scanned } = slice(columns.map(eventOf), limit, head);
    return { events: types ? events.filter(({ type }) => types.includes(type)) : events, scanned };
  }

  #filter(
    { sku, location, types, orNotice, after, limit }: EventPage,
    until: number,
  ): LoggedEvent[] {
    const parameters = {
      after,
      until,
      limit,
      sku: sku ?? null,
      location: location ?? null,
      types: types ? JSON.stringify(types) : null,
      orNotice: orNotice === true ? 1 : 0,
    };
    return allNamed<EventColumns>(this.#filtered, parameters).map(eventOf);
  }
}

/** @param until where the search ended, unless the limit ended it before */
function slice(events: LoggedEvent[], limit: number, until: number): EventSlice {
  const last = events.at(-1)?.position ?? 0;
  return { events, scanned: events.length < limit ? Math.max(until, last) : last };
}
