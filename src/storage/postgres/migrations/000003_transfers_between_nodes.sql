-- Transfers between nodes: goods may arrive before anybody has heard of their dispatch. `from_location` is NULL until then.

ALTER TABLE transfers ALTER COLUMN from_location DROP NOT NULL;
ALTER TABLE transfers DROP CONSTRAINT transfers_status_check;
ALTER TABLE transfers ADD CONSTRAINT transfers_status_check
  CHECK (status IN ('in_transit', 'received', 'cancelled', 'unmatched'));

-- From here on `lines` is [[sku, [[place, quantity, received, lost, returned, found], ...]], ...], with the places where
-- something was done. What had arrived beyond what was sent had a reason.
UPDATE transfers SET lines = (
  SELECT '[' || string_agg(
    '[' || (line -> 0)::text || ',[[' || concat_ws(',',
      to_json(from_location), line ->> 1, 0, 0, line ->> 4, 0
    ) || ']' || CASE WHEN (line ->> 2)::bigint + (line ->> 3)::bigint = 0 THEN '' ELSE ',[' || concat_ws(',',
      to_json(to_location), 0, line ->> 2, line ->> 3, 0, greatest(
        (line ->> 2)::bigint + (line ->> 3)::bigint + (line ->> 4)::bigint - (line ->> 1)::bigint, 0
      )
    ) || ']' END || ']]', ',' ORDER BY ordinal
  ) || ']'
  FROM json_array_elements(lines::json) WITH ORDINALITY AS each (line, ordinal)
);
