-- Rows of the log in the order in which they were appended, and ids in their own order: a commit
-- over many spaces then writes a few pages at the ends of both in place of several a space.
CREATE TABLE log_rows (
  space     INTEGER NOT NULL REFERENCES space (id),
  version   INTEGER NOT NULL,
  update_id TEXT    NOT NULL,
  leaf_hash BLOB    NOT NULL,
  committed INTEGER NOT NULL,
  record    BLOB    NOT NULL,
  PRIMARY KEY (space, version),
  UNIQUE (update_id, space)
);
INSERT INTO log_rows SELECT space, version, update_id, leaf_hash, committed, record FROM update_log;
DROP TABLE update_log;
ALTER TABLE log_rows RENAME TO update_log;
