/** How much a database holds: every product at every location, and the same history for each of these levels. */
export interface Size {
  readonly products: number;
  readonly locations: number;
  readonly events: number;
}

/** Units of each delivery: more than any run can sell. */
const DELIVERY_UNITS = 1_000_000;
const EVENTS_PER_MS = 100;
const TTL_SECONDS = 900;
/** A reservation is made, confirmed and fulfilled. */
const STEPS_OF_A_LIFE = 3;

/** What there is of everything, in numbers. */
export interface History {
  readonly levels: number;
  /** Movements of each level: deliveries first, then whole lives of reservations. */
  readonly movements: number;
  readonly deliveries: number;
  readonly lives: number;
  /** Events before the first movement: what made products and locations. */
  readonly notices: number;
  readonly events: number;
  /** Time of the first event, milliseconds since 1970. */
  readonly startMs: number;
}

/** @param nowMs when the history is to have ended */
export function historyOf({ products, locations, events }: Size, nowMs: number): History {
  const levels = products * locations;
  const movements = Math.max(Math.floor(events / levels), 1);
  const lives = Math.floor((movements - 1) / STEPS_OF_A_LIFE);
  const notices = products + locations;
  const total = notices + levels * movements;
  return {
    levels,
    movements,
    deliveries: movements - lives * STEPS_OF_A_LIFE,
    lives,
    notices,
    events: total,
    startMs: nowMs - Math.ceil(total / EVENTS_PER_MS) - 1,
  };
}

/** SKU and location of the `n`-th level, as SQL; levels are counted from 1, all products of a location in a row. */
function skuSql(n: string, { products }: Size): string {
  return `('SKU-' || lpad(((${n} - 1) % ${products} + 1)::text, 6, '0'))`;
}

function locationSql(n: string, { products }: Size): string {
  return `('L-' || lpad(((${n} - 1) / ${products} + 1)::text, 3, '0'))`;
}

/** The same in the program. */
export function placeOf(n: number, { products }: Size): { sku: string; location: string } {
  const product = ((n - 1) % products) + 1;
  const location = Math.floor((n - 1) / products) + 1;
  return {
    sku: `SKU-${String(product).padStart(6, '0')}`,
    location: `L-${String(location).padStart(3, '0')}`,
  };
}

const SEARCH = (name: string) => `lower(${name} || E'\\n' || ${name})`;

/** The statements that fill an empty ledger with a history as the product would have written it, table by table. */
export function fillStatements(size: Size, history: History): string[] {
  const { products, locations } = size;
  const { levels, movements, deliveries, lives, notices, events, startMs } = history;
  const time = (position: string) => `(${startMs} + (${position}) / ${EVENTS_PER_MS})`;
  const position = (version: string) => `(${notices}::bigint + (${version} - 1) * ${levels} + n)`;
  const firstStep = (life: string) => `(${deliveries} + ${life} * ${STEPS_OF_A_LIFE} + 1)`;
  const reservation = (life: string) => reservationId(time(position(firstStep(life))), life);
  const available = `${deliveries * DELIVERY_UNITS}`;
  return [
    `INSERT INTO products (sku, name, attributes, search)
     SELECT sku, sku, '{}', ${SEARCH('sku')}
     FROM generate_series(1, ${products}) AS n, LATERAL (SELECT ${skuSql('n', size)} AS sku) AS named`,
    `INSERT INTO locations (location, name, kind, attributes, search)
     SELECT location, location, 'store', '{}', ${SEARCH('location')}
     FROM generate_series(1, ${locations}) AS place,
       LATERAL (SELECT ${locationSql(`((place - 1) * ${products} + 1)`, size)} AS location) AS named`,
    `INSERT INTO level_ids (id, sku, location)
     SELECT n, ${skuSql('n', size)}, ${locationSql('n', size)} FROM generate_series(1, ${levels}) AS n`,
    `INSERT INTO levels (id, available, reserved, committed, unavailable, version, updated_at)
     SELECT n, ${available} - ${lives}, 0, 0, 0, ${movements}, ${time(position(`${movements}`))}
     FROM generate_series(1, ${levels}) AS n`,
    `INSERT INTO events (position, time, type, actor, request_id, sku, details)
     SELECT n, ${time('n')}, 'product_created', 'bench', 'big', sku,
       '{"after":{"name":"' || sku || '","description":null,"category":null,"attributes":{}}}'
     FROM generate_series(1, ${products}) AS n, LATERAL (SELECT ${skuSql('n', size)} AS sku) AS named`,
    `INSERT INTO events (position, time, type, actor, request_id, location, details)
     SELECT ${products} + place, ${time(`${products} + place`)}, 'location_created', 'bench', 'big',
       location, '{"after":{"name":"' || location || '","kind":"store","attributes":{}}}'
     FROM generate_series(1, ${locations}) AS place,
       LATERAL (SELECT ${locationSql(`((place - 1) * ${products} + 1)`, size)} AS location) AS named`,
    `INSERT INTO events
       (position, time, level, version, quantity, available, reserved, committed, unavailable,
        type, from_account, to_account, actor, request_id)
     SELECT ${position('version')}, ${time(position('version'))}, n, version, ${DELIVERY_UNITS},
       version * ${DELIVERY_UNITS}, 0, 0, 0, 'receive', 'supplier', 'available', 'bench', 'big'
     FROM generate_series(1, ${deliveries}) AS version, generate_series(1, ${levels}) AS n`,
    ...LIFE.map(({ type, from, to, reserved, committed, hasDetails }, step) => {
      const version = `(${firstStep('life')} + ${step})`;
      const reservedAt = time(position(firstStep('life')));
      return `INSERT INTO events
         (position, time, level, version, quantity, available, reserved, committed, unavailable,
          type, from_account, to_account, actor, request_id, reservation_id, details)
       SELECT ${position(version)}, ${time(position(version))}, n, ${version}, 1,
         ${available} - life - 1, ${reserved}, ${committed}, 0,
         '${type}', '${from}', '${to}', 'bench', 'big', ${reservation('life')},
         ${hasDetails ? detailsSql(reservedAt) : 'NULL'}
       FROM generate_series(0, ${lives - 1}) AS life, generate_series(1, ${levels}) AS n`;
    }),
    `INSERT INTO reservations
       (id, status, expires_at, ttl_seconds, created_at, updated_at, created_by, lines)
     SELECT ${reservation('life')}, 'fulfilled', reserved_at + ${TTL_SECONDS * 1_000}, ${TTL_SECONDS},
       reserved_at, ${time(position(`(${firstStep('life')} + ${STEPS_OF_A_LIFE - 1})`))}, 'bench',
       '[[' || n || ',1,1,1]]'
     FROM generate_series(0, ${lives - 1}) AS life, generate_series(1, ${levels}) AS n,
       LATERAL (SELECT ${time(position(firstStep('life')))} AS reserved_at) AS times`,
    `INSERT INTO log_times (time, position)
     SELECT ${startMs} + ms, least(ms * ${EVENTS_PER_MS} + ${EVENTS_PER_MS - 1}, ${events})
     FROM generate_series(0, ${Math.floor(events / EVENTS_PER_MS)}) AS ms`,
    `UPDATE log_head SET position = ${events}, time = ${time(`${events}`)}`,
    `SELECT setval(pg_get_serial_sequence('level_ids', 'id'), ${levels})`,
  ];
}

const LIFE = [
  {
    type: 'reserve',
    from: 'available',
    to: 'reserved',
    reserved: 1,
    committed: 0,
    hasDetails: true,
  },
  {
    type: 'confirm',
    from: 'reserved',
    to: 'committed',
    reserved: 0,
    committed: 1,
    hasDetails: false,
  },
  {
    type: 'fulfil',
    from: 'committed',
    to: 'customer',
    reserved: 0,
    committed: 0,
    hasDetails: false,
  },
] as const;

function detailsSql(reservedAt: string): string {
  return `'{"expiresAt":' || ${reservedAt} + ${TTL_SECONDS * 1_000} || ',"ttlSeconds":${TTL_SECONDS}}'`;
}

/** A UUIDv7 of that time, and of no other level and life. */
function reservationId(time: string, life: string): string {
  const stamp = `lpad(to_hex(${time}), 12, '0')`;
  return `(left(${stamp}, 8) || '-' || right(${stamp}, 4) || '-7' || lpad(to_hex(${life}), 3, '0') ||
    '-8000-' || lpad(to_hex(n), 12, '0'))`;
}
