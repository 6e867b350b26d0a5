-- The schema of one ledger. Times are milliseconds since 1970, quantities whole units up to 2^53-1, JSON is text.

-- Whose log this is.
CREATE TABLE node (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  name TEXT NOT NULL
) STRICT;

-- Part of the log: the short names under which events and reservations know a stock level. A pair gets its number
-- with its first movement, and neither is ever changed, given away or removed, not even by a rebuild; so the log
-- is complete with `level_ids`, `events` and nothing else.
CREATE TABLE level_ids (
  id INTEGER PRIMARY KEY,
  sku TEXT NOT NULL,
  location TEXT NOT NULL,
  UNIQUE (sku, location)
) STRICT;

CREATE INDEX level_ids_by_location ON level_ids (location, sku);

-- The log. A movement names its level by number and carries the balances after it; a notice names a product or a
-- location as it is. The checks are the last line of defence: the rules have refused such things before.
CREATE TABLE events (
  position INTEGER PRIMARY KEY CHECK (position > 0),
  time INTEGER NOT NULL,
  type TEXT NOT NULL,
  actor TEXT NOT NULL,
  request_id TEXT NOT NULL,
  reservation_id TEXT,
  level INTEGER,
  version INTEGER CHECK (version > 0),
  quantity INTEGER CHECK (quantity >= 0),
  from_account TEXT,
  to_account TEXT,
  available INTEGER CHECK (available >= 0 OR type NOT IN ('reserve', 'quarantine', 'dispatch')),
  reserved INTEGER CHECK (reserved >= 0),
  committed INTEGER CHECK (committed >= 0),
  unavailable INTEGER CHECK (unavailable >= 0),
  sku TEXT,
  location TEXT,
  details TEXT,
  CHECK (available + reserved + committed + unavailable <= 9007199254740991)
) STRICT;

-- An index ends with the row's key, which is the position: this is an index on (level, position).
CREATE INDEX events_by_level ON events (level) WHERE level IS NOT NULL;

-- The last position of every millisecond in which something was committed. The last row is the head of the log.
CREATE TABLE log_times (
  time INTEGER PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT;

-- Stock as the newest movement of each level left it; made from the log.
CREATE TABLE levels (
  id INTEGER PRIMARY KEY,
  available INTEGER NOT NULL,
  reserved INTEGER NOT NULL CHECK (reserved >= 0),
  committed INTEGER NOT NULL CHECK (committed >= 0),
  unavailable INTEGER NOT NULL CHECK (unavailable >= 0),
  version INTEGER NOT NULL CHECK (version > 0),
  updated_at INTEGER NOT NULL
) STRICT;

-- Made from the log. `lines` is [[level, quantity, confirmed, fulfilled], ...] in the order of the request.
CREATE TABLE reservations (
  id TEXT NOT NULL PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('held', 'confirmed', 'fulfilled', 'cancelled', 'expired')),
  expires_at INTEGER NOT NULL,
  ttl_seconds INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  lines TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX reservations_by_status ON reservations (status, expires_at, id);

-- What clients say about a reservation: the only place for data about persons. It is not in the log, can be erased,
-- and is apart from the reservation so that no change of that leaves copies of it behind.
CREATE TABLE customer_data (
  reservation_id TEXT NOT NULL PRIMARY KEY,
  reference TEXT,
  metadata TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX customer_data_by_reference ON customer_data (reference, reservation_id)
  WHERE reference IS NOT NULL;

-- One row per line of each reservation that is held; made from the log.
CREATE TABLE holds (
  level INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  reservation_id TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (level, expires_at, reservation_id)
) STRICT, WITHOUT ROWID;

-- Made from the log. `lines` is [[sku, quantity, received, lost, returned], ...] in the order of the request.
CREATE TABLE transfers (
  id TEXT NOT NULL PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('in_transit', 'received', 'cancelled')),
  from_location TEXT NOT NULL,
  to_location TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  reference TEXT,
  lines TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX transfers_by_status ON transfers (status, id);

-- Made from the log. `search` is the text that a query is looked for in.
CREATE TABLE products (
  sku TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT,
  category TEXT,
  attributes TEXT,
  search TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE locations (
  location TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('store', 'warehouse', 'venue')),
  attributes TEXT,
  search TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Outcomes that a repeated request gets again. Times grow with `id`, so the oldest are the first.
CREATE TABLE idempotency_keys (
  id INTEGER PRIMARY KEY,
  actor TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  outcome TEXT NOT NULL,
  first_position INTEGER NOT NULL,
  time INTEGER NOT NULL,
  UNIQUE (actor, key)
) STRICT;

-- Demand that was turned away, per minute and level. Not in the log.
CREATE TABLE demand (
  minute INTEGER NOT NULL,
  sku TEXT NOT NULL,
  location TEXT NOT NULL,
  requests INTEGER NOT NULL,
  units INTEGER NOT NULL,
  PRIMARY KEY (minute, sku, location)
) STRICT, WITHOUT ROWID;

CREATE INDEX demand_by_sku ON demand (sku, minute, location);
CREATE INDEX demand_by_location ON demand (location, minute, sku);
