-- Several nodes: what is kept of the links to others, of what others own, and of what their logs say.

-- Tells whether this is the database that the node last ran on: where it stood then. NULL until the first link.
ALTER TABLE node ADD COLUMN incarnation text COLLATE "C";

-- Counts the changes of who has the goods of a location in hand and of whether they may be promised, and the links that
-- were made; 0 while there has never been one. A commit that was decided on an older number comes to nothing.
ALTER TABLE log_head ADD COLUMN custody bigint NOT NULL DEFAULT 0;

-- The node whose catalogue a product was taken from; who has the goods of a location in hand, and why nothing may be
-- promised there; who has made a reservation. NULL where it is this node, and where nothing is wrong.
ALTER TABLE products ADD COLUMN node text COLLATE "C";
ALTER TABLE locations ADD COLUMN node text COLLATE "C";
ALTER TABLE locations ADD COLUMN fence text COLLATE "C";
ALTER TABLE reservations ADD COLUMN made_by text COLLATE "C";

-- A product that is to be removed: a JSON array of the nodes that have none of it. NULL where nobody asked for that.
ALTER TABLE products ADD COLUMN removal text;

-- From here on `lines` of a reservation is [[level, quantity, confirmed, fulfilled, [node, open, cancelled]?], ...]: the
-- fifth member is there where something was passed to another node.

-- Notices may name a product and a location at once.
CREATE INDEX events_by_noticed_level ON events (sku, location, position)
  WHERE sku IS NOT NULL AND location IS NOT NULL;

-- One end of each link. `state` is a JSON object of all that has no column.
CREATE TABLE links (
  peer text COLLATE "C" PRIMARY KEY,
  peer_role text COLLATE "C" NOT NULL CHECK (peer_role IN ('hub', 'store')),
  location text COLLATE "C" NOT NULL,
  state text NOT NULL
) WITH (fillfactor = 50);

CREATE INDEX links_by_role ON links (peer_role, peer);

-- What each peer owns of a level; made from the log and from what is mirrored. No balance is in an index, so a row is
-- written over in its page.
CREATE TABLE shares (
  sku text COLLATE "C" NOT NULL,
  location text COLLATE "C" NOT NULL,
  peer text COLLATE "C" NOT NULL,
  available bigint NOT NULL,
  reserved bigint NOT NULL,
  committed bigint NOT NULL,
  unavailable bigint NOT NULL,
  version bigint NOT NULL,
  position bigint NOT NULL,
  time bigint NOT NULL,
  granted bigint NOT NULL,
  arrived bigint NOT NULL,
  request text COLLATE "C",
  request_session bigint NOT NULL,
  PRIMARY KEY (sku, location, peer)
) WITH (fillfactor = 50);

CREATE INDEX shares_by_peer ON shares (peer, sku, location);
CREATE INDEX shares_by_location ON shares (location, sku, peer);

-- Entries of peers' logs, by peer in the order in which they came. Part of the record as the log is: nothing but its
-- state is ever changed. `applied_at` is the position of this log at which the entry was applied, `entry` the event as
-- JSON, `sku` and `location` those of a movement.
CREATE TABLE mirror (
  peer text COLLATE "C" NOT NULL,
  applied_at bigint NOT NULL,
  position bigint NOT NULL,
  sku text COLLATE "C",
  location text COLLATE "C",
  reservation_id text COLLATE "C",
  state text COLLATE "C" NOT NULL CHECK (state IN ('applied', 'superseded', 'unapplied')),
  entry text NOT NULL,
  PRIMARY KEY (peer, applied_at, position)
);

CREATE UNIQUE INDEX mirror_by_position ON mirror (peer, position) WHERE state = 'applied';
CREATE INDEX mirror_by_level ON mirror (sku, location, peer, applied_at, position)
  WHERE sku IS NOT NULL AND state = 'applied';
CREATE INDEX mirror_by_reservation ON mirror (reservation_id, peer, position)
  WHERE reservation_id IS NOT NULL AND state = 'applied';
