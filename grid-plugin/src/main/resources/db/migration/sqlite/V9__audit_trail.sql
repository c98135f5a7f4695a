-- Who did what over HTTP: sheets of entries, chained by their hashes. The body of a sheet goes when its
-- days are over, the rest stays. Times are milliseconds since 1970.
CREATE TABLE audit_trail (
  number  INTEGER PRIMARY KEY,
  first   INTEGER NOT NULL UNIQUE,
  entries INTEGER NOT NULL,
  time    INTEGER NOT NULL,
  digest  BLOB    NOT NULL CHECK (length(digest) = 32),
  hash    BLOB    NOT NULL CHECK (length(hash) = 32),
  body    BLOB
);
CREATE INDEX audit_trail_time ON audit_trail (time);

CREATE TABLE trail_head (
  id        INTEGER PRIMARY KEY CHECK (id = 1),
  sheets    INTEGER NOT NULL,
  entries   INTEGER NOT NULL,
  hash      BLOB    NOT NULL CHECK (length(hash) = 32),
  acts      INTEGER NOT NULL,
  forgotten INTEGER NOT NULL
);
INSERT INTO trail_head VALUES (1, 0, 0, zeroblob(32), 0, 0);
