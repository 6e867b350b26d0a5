import type { Location, Product } from '../../domain/catalogue.ts';
import { invariant } from '../../domain/invariant.ts';
import type { Share } from '../../domain/links/share.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { type LevelKey, levelKey } from '../../domain/stock.ts';
import type { Transfer } from '../../domain/transfer.ts';
import type { BooksWriter, LevelRow } from '../../ledger/books.ts';
import { jsonText, removalText, searchText } from '../rows/catalogue.ts';
import { holdsOf } from '../rows/holds.ts';
import { type KeptReservation, keptReservation } from '../rows/reservations.ts';
import { keptTransferLines } from '../rows/transfers.ts';
import type { Connection } from './connection.ts';
import { type Runner, type Statement, statement, type Value } from './statement.ts';

/** How long a rebuild waits for commits that are under way. */
const REBUILD_WAIT_MS = 10_000;

/**
 * Commits lock levels first, and what makes a time final locks the head of the log first, so whoever waits for a table here
 * waits for no other table of these. Who only reads goes on.
 */
const LOCK_OUT = `
  SET LOCAL lock_timeout = ${REBUILD_WAIT_MS};
  LOCK TABLE levels, log_head, products, locations, reservations, holds, transfers, customer_data, log_times,
    links, shares, mirror IN EXCLUSIVE MODE;
  SET LOCAL lock_timeout = 0`;

// Everything that is made from the log, and from what is mirrored of other nodes' logs. What stays: `events` and
// `level_ids`, which are the log; `mirror`; links and customer data, which are not in it; idempotency keys and demand,
// which stand for themselves.
const REMOVE_ALL = `
  DELETE FROM levels;
  DELETE FROM reservations;
  DELETE FROM holds;
  DELETE FROM transfers;
  DELETE FROM products;
  DELETE FROM locations;
  DELETE FROM shares`;

// The newest time may be past the last event, for an answer about a time makes that time final.
const REMAKE_LOG_TIMES = `
  UPDATE log_head SET
    position = (SELECT coalesce(max(position), 0) FROM events),
    time = greatest(time, (SELECT max(time) FROM events)),
    custody = CASE WHEN custody > 0 OR EXISTS (SELECT FROM links) THEN custody + 1 ELSE 0 END;
  DELETE FROM log_times;
  INSERT INTO log_times (time, position) SELECT time, max(position) FROM events GROUP BY time`;

const REMOVE_LOST_CUSTOMER_DATA = `
  DELETE FROM customer_data
  WHERE NOT EXISTS (SELECT FROM reservations WHERE reservations.id = customer_data.reservation_id)`;

const READ_NUMBERS = statement<{ id: number; sku: string; location: string }>(
  'rebuild_level_numbers',
  `SELECT names.id, names.sku, names.location
  FROM unnest($1::text[], $2::text[]) AS wanted (sku, location)
  CROSS JOIN LATERAL (
    SELECT * FROM level_ids
    WHERE level_ids.sku = wanted.sku AND level_ids.location = wanted.location LIMIT 1
  ) AS names`,
);
const REMOVE_HOLDS = statement(
  'rebuild_remove_holds',
  `DELETE FROM holds USING reservations, json_array_elements(lines::json) AS line
  WHERE reservations.id = ANY ($1) AND status = 'held'
    AND holds.level = (line ->> 0)::bigint AND holds.expires_at = reservations.expires_at
    AND holds.reservation_id = reservations.id`,
);
const PUT_LEVELS = put('levels', 'id', {
  id: 'bigint',
  available: 'bigint',
  reserved: 'bigint',
  committed: 'bigint',
  unavailable: 'bigint',
  version: 'bigint',
  updated_at: 'bigint',
});
const PUT_RESERVATIONS = put('reservations', 'id', {
  id: 'text',
  status: 'text',
  expires_at: 'bigint',
  ttl_seconds: 'bigint',
  created_at: 'bigint',
  updated_at: 'bigint',
  created_by: 'text',
  made_by: 'text',
  lines: 'text',
});
const PUT_HOLDS = put('holds', 'level, expires_at, reservation_id', {
  level: 'bigint',
  expires_at: 'bigint',
  reservation_id: 'text',
  quantity: 'bigint',
});
const PUT_TRANSFERS = put('transfers', 'id', {
  id: 'text',
  status: 'text',
  from_location: 'text',
  to_location: 'text',
  created_at: 'bigint',
  updated_at: 'bigint',
  reference: 'text',
  lines: 'text',
});
const PUT_PRODUCTS = put('products', 'sku', {
  sku: 'text',
  name: 'text',
  description: 'text',
  category: 'text',
  attributes: 'text',
  search: 'text',
  node: 'text',
  removal: 'text',
});
const PUT_LOCATIONS = put('locations', 'location', {
  location: 'text',
  name: 'text',
  kind: 'text',
  attributes: 'text',
  search: 'text',
  node: 'text',
  fence: 'text',
});

const PUT_SHARES = put('shares', 'sku, location, peer', {
  sku: 'text',
  location: 'text',
  peer: 'text',
  available: 'bigint',
  reserved: 'bigint',
  committed: 'bigint',
  unavailable: 'bigint',
  version: 'bigint',
  position: 'bigint',
  time: 'bigint',
  granted: 'bigint',
  arrived: 'bigint',
  request: 'text',
  request_session: 'bigint',
});

/** A statement that puts rows, given as one array for each column, over those that have the same key. */
function put(
  table: string,
  key: string,
  columns: Readonly<Record<string, 'bigint' | 'text'>>,
): Statement<never> {
  const names = Object.keys(columns).join(', ');
  const arrays = Object.values(columns).map((type, index) => `$${index + 1}::${type}[]`);
  const changes = Object.keys(columns).map((name) => `${name} = excluded.${name}`);
  return statement(
    `rebuild_${table}`,
    `INSERT INTO ${table} (${names}) SELECT * FROM unnest(${arrays.join(', ')})
    ON CONFLICT (${key}) DO UPDATE SET ${changes.join(', ')}`,
  );
}

/** Waits for the commits that are under way, and lets none begin before the transaction ends. */
export function keepOthersOut(connection: Connection): Promise<void> {
  return connection.script(LOCK_OUT);
}

/** Writes rows anew, inside one transaction that keeps all others out. */
export class RebuildWriter implements BooksWriter {
  readonly #connection: Connection;
  readonly #numbers: LevelNumbers;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#numbers = new LevelNumbers(connection);
  }

  removeAll(): Promise<void> {
    return this.#connection.script(REMOVE_ALL);
  }

  /** After all rows are there. */
  async finish(): Promise<void> {
    await this.#connection.script(REMAKE_LOG_TIMES);
    await this.#connection.script(REMOVE_LOST_CUSTOMER_DATA);
  }

  async putLevels(levels: readonly LevelRow[]): Promise<void> {
    const idOf = await this.#numbers.of(levels);
    await this.#put(
      PUT_LEVELS,
      levels.map(({ sku, location, ...level }) => {
        const { available, reserved, committed, unavailable, version, updatedAt } = level;
        const id = idOf(sku, location);
        return [id, available, reserved, committed, unavailable, version, updatedAt];
      }),
    );
  }

  async putReservations(reservations: readonly Reservation[]): Promise<void> {
    const idOf = await this.#numbers.of(reservations.flatMap(({ lines }) => lines));
    const kept = reservations.map((reservation) => keptReservation(reservation, idOf));
    await this.#connection.run(REMOVE_HOLDS, [reservations.map(({ id }) => id)]);
    await this.#put(PUT_RESERVATIONS, kept.map(reservationValues));
    await this.#put(
      PUT_HOLDS,
      kept.flatMap(holdsOf).map((hold) => {
        return [hold.level, hold.expiresAt, hold.reservationId, hold.quantity];
      }),
    );
  }

  putTransfers(transfers: readonly Transfer[]): Promise<void> {
    return this.#put(
      PUT_TRANSFERS,
      transfers.map((transfer) => {
        const { id, status, from, to, createdAt, updatedAt, reference } = transfer;
        return [id, status, from, to, createdAt, updatedAt, reference, keptTransferLines(transfer)];
      }),
    );
  }

  putProducts(products: readonly Product[]): Promise<void> {
    return this.#put(
      PUT_PRODUCTS,
      products.map((product) => {
        const { sku, name, description, category, attributes, node = null } = product;
        const content = [name, description, category, jsonText(attributes)];
        return [sku, ...content, searchText(sku, name), node, removalText(product)];
      }),
    );
  }

  putLocations(locations: readonly Location[]): Promise<void> {
    return this.#put(
      PUT_LOCATIONS,
      locations.map(({ location, name, kind, attributes, node = null, fence = null }) => {
        const search = searchText(location, name);
        return [location, name, kind, jsonText(attributes), search, node, fence];
      }),
    );
  }

  putShares(shares: readonly Share[]): Promise<void> {
    return this.#put(PUT_SHARES, shares.map(shareValues));
  }

  async #put(into: Statement<never>, rows: readonly Cell[][]): Promise<void> {
    if (rows.length > 0) await this.#connection.run(into, columnsOf(rows));
  }
}

type Cell = string | number | null;

function reservationValues({ reservation, lines }: KeptReservation): Cell[] {
  const { id, status, expiresAt, ttlSeconds, createdAt, updatedAt, createdBy } = reservation;
  const { madeBy = null } = reservation;
  const text = JSON.stringify(lines);
  return [id, status, expiresAt, ttlSeconds, createdAt, updatedAt, createdBy, madeBy, text];
}

function shareValues(share: Share): Cell[] {
  const { sku, location, peer, available, reserved, committed, unavailable } = share;
  const { version, position, time, granted, arrived, request, requestSession } = share;
  const balances = [available, reserved, committed, unavailable, version, position, time];
  return [sku, location, peer, ...balances, granted, arrived, request, requestSession];
}

/** @param rows at least one; all as long */
function columnsOf(rows: readonly Cell[][]): Value[] {
  const [first = []] = rows;
  return first.map((_, column) => rows.map((row) => row[column] ?? null) as Value);
}

/** The numbers of levels, which the log gave them. */
class LevelNumbers {
  readonly #runner: Runner;
  readonly #known = new Map<LevelKey, number>();

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /** @returns a function that says the number of each of `levels` */
  async of(
    levels: readonly { readonly sku: string; readonly location: string }[],
  ): Promise<(sku: string, location: string) => number> {
    const unknown = levels.filter(({ sku, location }) => !this.#known.has(levelKey(sku, location)));
    if (unknown.length > 0) await this.#read(unknown);
    return (sku, location) => {
      const id = this.#known.get(levelKey(sku, location));
      invariant(id !== undefined, () => `the log names no level ${sku} at ${location}`);
      return id;
    };
  }

  async #read(levels: readonly { readonly sku: string; readonly location: string }[]) {
    const values = [levels.map(({ sku }) => sku), levels.map(({ location }) => location)];
    for (const { id, sku, location } of await this.#runner.run(READ_NUMBERS, values)) {
      this.#known.set(levelKey(sku, location), id);
    }
  }
}
