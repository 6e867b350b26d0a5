import type { LoggedEvent } from '../../domain/events.ts';
import { EVENT_COLUMNS, type EventColumns, eventOf } from '../rows/events.ts';
import { one, type Runner, statement } from './statement.ts';

/** LIMIT keeps the planner from reading all names for a few events: each event looks up its own. */
export const NAMED = `LEFT JOIN LATERAL (
    SELECT sku, location FROM level_ids WHERE level_ids.id = events.level LIMIT 1
  ) AS names ON true`;

const READ_AFTER = statement<EventColumns>(
  'events_after',
  `SELECT ${EVENT_COLUMNS} FROM events ${NAMED}
  WHERE position > $1 ORDER BY position LIMIT $2`,
);
const READ_POSITION_AFTER = statement<{ position: number }>(
  'position_after',
  'SELECT position FROM events WHERE position > $1 ORDER BY position LIMIT 1',
);

export class EventReader {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /** At most `limit` events after a position, in order. */
  async after(position: number, limit: number): Promise<LoggedEvent[]> {
    return (await this.#runner.run(READ_AFTER, [position, limit])).map(eventOf);
  }

  /** Where the next event stands; undefined at the end of the log. */
  async positionAfter(position: number): Promise<number | undefined> {
    return (await one(this.#runner, READ_POSITION_AFTER, [position]))?.position;
  }
}
