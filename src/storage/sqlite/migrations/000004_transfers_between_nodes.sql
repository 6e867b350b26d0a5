-- Transfers between nodes: goods may arrive before anybody has heard of their dispatch. `from_location` is NULL until then.

ALTER TABLE transfers RENAME TO transfers_before;
DROP INDEX transfers_by_status;

-- `lines` is [[sku, [[place, quantity, received, lost, returned, found], ...]], ...], with the places where something was
-- done.
CREATE TABLE transfers (
  id TEXT NOT NULL PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('in_transit', 'received', 'cancelled', 'unmatched')),
  from_location TEXT,
  to_location TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  reference TEXT,
  lines TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX transfers_by_status ON transfers (status, id);

-- What had arrived beyond what was sent had a reason.
INSERT INTO transfers
SELECT id, status, from_location, to_location, created_at, updated_at, reference, (
    SELECT json_group_array(json_array(line.value ->> 0, json(
      '[' || json_array(from_location, line.value ->> 1, 0, 0, line.value ->> 4, 0)
      || CASE WHEN (line.value ->> 2) + (line.value ->> 3) = 0 THEN '' ELSE ',' || json_array(
        to_location, 0, line.value ->> 2, line.value ->> 3, 0,
        max((line.value ->> 2) + (line.value ->> 3) + (line.value ->> 4) - (line.value ->> 1), 0)
      ) END || ']'
    )) ORDER BY line.key)
    FROM json_each(lines) AS line
  )
FROM transfers_before;

DROP TABLE transfers_before;
