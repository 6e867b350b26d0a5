-- Why no commit goes through, and since when; empty while commits do. See `freeze` in `storage/archive.ts`.
CREATE TABLE freeze (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  reason TEXT NOT NULL CHECK (reason IN ('moved', 'copy', 'restoring')),
  time INTEGER NOT NULL
) STRICT;
