-- Of the places of a space's rows only each 16th stands in an index; the rows between are found by
-- what each row says: where the version before it stands. A commit over many spaces then writes no
-- page of an index a space.
CREATE TABLE log_rows (
  id        INTEGER PRIMARY KEY,
  before    INTEGER, -- the row of the version before, none at version 1
  space     INTEGER NOT NULL REFERENCES space (id),
  version   INTEGER NOT NULL,
  update_id TEXT    NOT NULL,
  leaf_hash BLOB    NOT NULL,
  committed INTEGER NOT NULL,
  record    BLOB    NOT NULL,
  UNIQUE (update_id, space)
);
INSERT INTO log_rows
  SELECT rowid, lag(rowid) OVER (PARTITION BY space ORDER BY version),
    space, version, update_id, leaf_hash, committed, record
  FROM update_log;
DROP TABLE update_log;
ALTER TABLE log_rows RENAME TO update_log;
CREATE UNIQUE INDEX log_place ON update_log (space, version) WHERE version % 16 = 0;

-- The row of the head's version.
ALTER TABLE space ADD COLUMN last_row INTEGER;
UPDATE space SET last_row =
  (SELECT last.id FROM
    (SELECT id, space, max(version) FROM update_log GROUP BY space) AS last
   WHERE last.space = space.id);
