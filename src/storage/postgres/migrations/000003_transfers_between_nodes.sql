-- Transfers between nodes: goods may arrive before anybody has heard of their dispatch. `from_location` is NULL until then.

ALTER TABLE transfers ALTER COLUMN from_location DROP NOT NULL;
ALTER TABLE transfers DROP CONSTRAINT transfers_status_check;
ALTER TABLE transfers ADD CONSTRAINT transfers_status_check
  CHECK (status IN ('in_transit', 'received', 'cancelled', 'unmatched'));

-- From here on `lines` is [[sku, quantity, received, lost, returned, found], ...]. What had arrived beyond what was sent
-- had a reason.
UPDATE transfers SET lines = (
  SELECT '[' || string_agg(
    left(line::text, -1) || ',' || greatest(
      (line ->> 2)::bigint + (line ->> 3)::bigint + (line ->> 4)::bigint - (line ->> 1)::bigint, 0
    ) || ']', ',' ORDER BY place
  ) || ']'
  FROM json_array_elements(lines::json) WITH ORDINALITY AS each (line, place)
);
