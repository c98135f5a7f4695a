-- Snapshots of another format than the program's are not used: those that stand here have the first.
ALTER TABLE snapshot ADD COLUMN format INTEGER NOT NULL DEFAULT 1;

-- Who removed the leaf that stood at a path (the pointer in UTF-8, ordered by its bytes), the newest
-- of each path. Where a leaf stands again its row means nothing. All of it follows from the log, and
-- is filled from there. It refers to no row of "space", which appends lock.
CREATE TABLE tombstone (
  space   INTEGER NOT NULL,
  path    BLOB NOT NULL,
  time    INTEGER NOT NULL,
  author  TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (space, path)
) WITHOUT ROWID;

-- Up to which version of a space its tombstones stand there.
CREATE TABLE remembered (
  space   INTEGER PRIMARY KEY,
  version INTEGER NOT NULL
);
