import { isMovement, type LoggedEvent, type Movement } from '../../src/domain/events.ts';
import { levelKey } from '../../src/domain/stock.ts';
import type { Tables } from '../memoryStorage/tables.ts';

/** What made units change hands, in units. */
export interface Moved {
  /** Because somebody was short and has asked. */
  borrowed: number;
  /** By the policy: at rest. */
  planned: number;
}

interface Flight {
  readonly key: string;
  readonly units: number;
}

/** Follows the logs of all nodes, for what is on its way between them and what has been moved. */
export class Movements {
  readonly moved: Moved = { borrowed: 0, planned: 0 };
  readonly #logs: readonly Tables[];
  readonly #read = new Map<Tables, number>();
  /** By sender, receiver and position: units that are on their way and promised to nobody. */
  readonly #flights = new Map<string, Flight>();
  readonly #inFlight = new Map<string, number>();

  constructor(logs: readonly Tables[]) {
    this.#logs = logs;
  }

  /** Units of a level that are on their way and promised to nobody. */
  inFlight(sku: string, location: string): number {
    this.#catchUp();
    return this.#inFlight.get(levelKey(sku, location)) ?? 0;
  }

  #catchUp(): void {
    // What was accepted was granted before: grants of all logs come first.
    const news = this.#logs.map((tables) => ({ tables, events: this.#newEvents(tables) }));
    for (const { tables, events } of news) {
      for (const event of events) if (event.type === 'grant') this.#granted(tables.node, event);
    }
    for (const { tables, events } of news) {
      for (const event of events) if (event.type === 'accept') this.#accepted(tables.node, event);
    }
  }

  #newEvents(tables: Tables): (LoggedEvent & Movement)[] {
    const from = this.#read.get(tables) ?? 0;
    this.#read.set(tables, tables.events.length);
    return tables.events.slice(from).filter((event) => isMovement(event));
  }

  #granted(sender: string, grant: LoggedEvent & Movement): void {
    const { sku, location, quantity: units, from, details, position } = grant;
    if (from !== 'available') return;
    if (details?.request !== undefined) {
      this.moved.borrowed += units;
      return;
    }
    this.moved.planned += units;
    const key = levelKey(sku, location);
    this.#flights.set(flightKey(sender, details?.peer, position), { key, units });
    this.#fly(key, units);
  }

  #accepted(receiver: string, { details }: LoggedEvent & Movement): void {
    const name = flightKey(details?.peer, receiver, details?.grant);
    const flight = this.#flights.get(name);
    if (flight === undefined) return;
    this.#flights.delete(name);
    this.#fly(flight.key, -flight.units);
  }

  #fly(key: string, units: number): void {
    this.#inFlight.set(key, (this.#inFlight.get(key) ?? 0) + units);
  }
}

function flightKey(sender = '', receiver = '', position = 0): string {
  return [sender, receiver, position].join('\u0000');
}
