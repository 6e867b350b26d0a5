-- Entries come from one shop at a time, hundreds of them of hundreds of products. Rows of one shop now lie side by side, and
-- not one in each product's page: with 1,000 shops an entry wrote 12 KB to the write-ahead log, and writes one.

CREATE TABLE shares_by_shop (
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
  PRIMARY KEY (location, sku, peer)
) STRICT, WITHOUT ROWID;

INSERT INTO shares_by_shop
  (sku, location, peer, available, reserved, committed, unavailable, version, position, time, granted, arrived, request,
    request_session)
SELECT sku, location, peer, available, reserved, committed, unavailable, version, position, time, granted, arrived, request,
  request_session
FROM shares ORDER BY location, sku, peer;

DROP TABLE shares;
ALTER TABLE shares_by_shop RENAME TO shares;

CREATE INDEX shares_by_peer ON shares (peer, sku, location);
CREATE INDEX shares_by_level ON shares (sku, location, peer);
CREATE INDEX shares_owing ON shares (sku, location, peer) WHERE available < 0;

DROP INDEX mirror_by_level;
CREATE INDEX mirror_by_level ON mirror (location, sku, peer, applied_at, position)
  WHERE sku IS NOT NULL AND state = 'applied';
