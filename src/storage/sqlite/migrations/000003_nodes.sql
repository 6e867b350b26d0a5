-- Several nodes: what is kept of the links to others, of what others own, and of what their logs say.

-- Tells whether this is the database that the node last ran on; the other half stands outside. 0 until the first proof.
ALTER TABLE node ADD COLUMN incarnation INTEGER NOT NULL DEFAULT 0;

-- The node whose catalogue a product was taken from; who has the goods of a location in hand, and why nothing may be
-- promised there; who has made a reservation. NULL where it is this node, and where nothing is wrong.
ALTER TABLE products ADD COLUMN node TEXT;
ALTER TABLE locations ADD COLUMN node TEXT;
ALTER TABLE locations ADD COLUMN fence TEXT;
ALTER TABLE reservations ADD COLUMN made_by TEXT;

-- A product that is to be removed: a JSON array of the nodes that have none of it. NULL where nobody asked for that.
ALTER TABLE products ADD COLUMN removal TEXT;

-- From here on `lines` of a reservation is [[level, quantity, confirmed, fulfilled, [node, open, cancelled]?], ...]: the
-- fifth member is there where something was passed to another node.

-- Notices may name a product and a location at once.
CREATE INDEX events_by_noticed_level ON events (sku, location)
  WHERE sku IS NOT NULL AND location IS NOT NULL;

-- One end of each link. `state` is a JSON object of all that has no column.
CREATE TABLE links (
  peer TEXT NOT NULL PRIMARY KEY,
  peer_role TEXT NOT NULL CHECK (peer_role IN ('hub', 'store')),
  location TEXT NOT NULL,
  state TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX links_by_role ON links (peer_role, peer);

-- What each peer owns of a level; made from the log and from what is mirrored.
CREATE TABLE shares (
  sku TEXT NOT NULL,
  location TEXT NOT NULL,
  peer TEXT NOT NULL,
  available INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  committed INTEGER NOT NULL,
  unavailable INTEGER NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  time INTEGER NOT NULL,
  granted INTEGER NOT NULL,
  arrived INTEGER NOT NULL,
  request TEXT,
  request_session INTEGER NOT NULL,
  PRIMARY KEY (sku, location, peer)
) STRICT, WITHOUT ROWID;

CREATE INDEX shares_by_peer ON shares (peer, sku, location);
CREATE INDEX shares_by_location ON shares (location, sku, peer);
CREATE INDEX shares_owing ON shares (sku, location, peer) WHERE available < 0;

-- Entries of peers' logs, by peer in the order in which they came. Part of the record as the log is: nothing but its
-- state is ever changed. `applied_at` is the position of this log at which the entry was applied, `entry` the event as
-- JSON, `sku` and `location` those of a movement.
CREATE TABLE mirror (
  peer TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  position INTEGER NOT NULL,
  sku TEXT,
  location TEXT,
  reservation_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('applied', 'superseded', 'unapplied')),
  entry TEXT NOT NULL,
  PRIMARY KEY (peer, applied_at, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX mirror_by_position ON mirror (peer, position) WHERE state = 'applied';
CREATE INDEX mirror_by_level ON mirror (sku, location, peer, applied_at, position)
  WHERE sku IS NOT NULL AND state = 'applied';
CREATE INDEX mirror_by_reservation ON mirror (reservation_id, peer, position)
  WHERE reservation_id IS NOT NULL AND state = 'applied';
