import type { Movement } from '../../domain/events.ts';
import type { EventPage, EventSlice, Stamped, StatementPage } from '../../queries/store.ts';
import {
  EVENT_COLUMNS,
  type EventColumns,
  eventOf,
  type MovementColumns,
  movementOf,
} from '../rows/events.ts';
import { EventReader, NAMED } from './events.ts';
import { type Runner, type Statement, statement, type Value } from './statement.ts';

const LEVEL = 'level = (SELECT id FROM level_ids WHERE sku = $1 AND location = $2)';

const READ_STATEMENT = statement<MovementColumns>(
  'statement',
  `SELECT ${EVENT_COLUMNS} FROM events ${NAMED}
  WHERE ${LEVEL} AND position > $3 ORDER BY position LIMIT $4`,
);
const READ_STATEMENT_NEWEST_FIRST = statement<MovementColumns>(
  'statement_newest_first',
  `SELECT ${EVENT_COLUMNS} FROM events ${NAMED}
  WHERE ${LEVEL} AND position < $3 ORDER BY position DESC LIMIT $4`,
);

/** How many events one call with a filter looks at; some 20 ms of work. */
const SCANNED_EVENTS_MAX = 10_000;

/** A row has nothing but the head where no event was found. */
type FoundColumns = { readonly head: number } & (EventColumns | { readonly position: null });

/**
 * Events that match, and the head of the log at the very moment when they were looked for: what is committed before or
 * after that would else be neither found nor looked for again.
 */
function withHead(
  name: string,
  where: string,
  limit: string,
  from = 'events',
): Statement<FoundColumns> {
  return statement(
    name,
    `SELECT log_head.position AS head, found.* FROM log_head LEFT JOIN LATERAL (
    SELECT ${EVENT_COLUMNS} FROM ${from} ${NAMED}
    WHERE ${where} ORDER BY position LIMIT ${limit}
  ) AS found ON true
  WHERE log_head.id = 1 ORDER BY found.position`,
  );
}

// Movements and notices of a level have an index each that leads to them.
const OF_LEVEL = `(
    (SELECT * FROM events WHERE ${LEVEL} AND position > $3 ORDER BY position LIMIT $4)
    UNION ALL
    (SELECT * FROM events
     WHERE sku = $1 AND location = $2 AND position > $3 ORDER BY position LIMIT $4)
  ) AS events`;
const READ_OF_LEVEL = withHead('events_of_level', 'true', '$4', OF_LEVEL);

// Without a level to go by, every event of a stretch of the log is looked at.
const READ_FILTERED = withHead(
  'events_filtered',
  `position > $1 AND position <= least($1::bigint + ${SCANNED_EVENTS_MAX}, log_head.position)
    AND ($6 AND version IS NULL OR (
      ($2::text[] IS NULL OR type = ANY ($2))
      AND ($3::text IS NULL OR coalesce(names.sku, events.sku) = $3)
      AND ($4::text IS NULL OR coalesce(names.location, events.location) = $4)
    ))`,
  '$5',
);

export class EventQueries {
  readonly #runner: Runner;
  readonly #events: EventReader;

  constructor(runner: Runner) {
    this.#runner = runner;
    this.#events = new EventReader(runner);
  }

  async statement(page: StatementPage): Promise<(Movement & Stamped)[]> {
    const { sku, location, newestFirst, limit } = page;
    const wanted = newestFirst ? READ_STATEMENT_NEWEST_FIRST : READ_STATEMENT;
    const { after = newestFirst ? Number.MAX_SAFE_INTEGER : 0 } = page;
    return (await this.#runner.run(wanted, [sku, location, after, limit])).map(movementOf);
  }

  events(page: EventPage): Promise<EventSlice> {
    const { sku, location, types, orNotice } = page;
    if (sku !== undefined && location !== undefined && orNotice !== true) {
      return this.#ofLevel(sku, location, page);
    }
    const isFiltered = sku !== undefined || location !== undefined || types !== undefined;
    return isFiltered ? this.#filtered(page) : this.#all(page);
  }

  /** What can be seen of the log has no gaps, for a position is given under a lock that is kept until the commit. */
  async #all({ after, limit }: EventPage): Promise<EventSlice> {
    const events = await this.#events.after(after, limit);
    return { events, scanned: events.at(-1)?.position ?? after };
  }

  async #ofLevel(sku: string, location: string, page: EventPage): Promise<EventSlice> {
    const { after, limit, types } = page;
    const slice = await this.#find(READ_OF_LEVEL, [sku, location, after, limit], page, Infinity);
    const { events, scanned } = slice;
    return { events: types ? events.filter(({ type }) => types.includes(type)) : events, scanned };
  }

  #filtered(page: EventPage): Promise<EventSlice> {
    const { sku = null, location = null, types = null, orNotice = false, after, limit } = page;
    const values = [after, types, sku, location, limit, orNotice];
    return this.#find(READ_FILTERED, values, page, after + SCANNED_EVENTS_MAX);
  }

  /** @param until where the statement ends its search at the latest, besides the head of the log */
  async #find(
    wanted: Statement<FoundColumns>,
    values: readonly Value[],
    { after, limit }: EventPage,
    until: number,
  ): Promise<EventSlice> {
    const rows = await this.#runner.run(wanted, values);
    const head = rows[0]?.head ?? 0;
    const events = rows.flatMap((columns) => (columns.position === null ? [] : [eventOf(columns)]));
    const last = events.at(-1)?.position ?? after;
    return {
      events,
      scanned: events.length < limit ? Math.max(Math.min(until, head), last) : last,
    };
  }
}
