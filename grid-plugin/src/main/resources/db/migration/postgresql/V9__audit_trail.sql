-- Who did what over HTTP: sheets of entries, chained by their hashes. The body of a sheet goes when its
-- days are over, the rest stays. Times are milliseconds since 1970.
CREATE TABLE audit_trail (
  number  BIGINT PRIMARY KEY,
  first   BIGINT NOT NULL UNIQUE,
  entries BIGINT NOT NULL,
  time    BIGINT NOT NULL,
  digest  BYTEA  NOT NULL CHECK (length(digest) = 32),
  hash    BYTEA  NOT NULL CHECK (length(hash) = 32),
  body    BYTEA
);
CREATE INDEX audit_trail_time ON audit_trail (time);

CREATE TABLE trail_head (
  id        INTEGER PRIMARY KEY CHECK (id = 1),
  sheets    BIGINT NOT NULL,
  entries   BIGINT NOT NULL,
  hash      BYTEA  NOT NULL CHECK (length(hash) = 32),
  acts      BIGINT NOT NULL,
  forgotten BIGINT NOT NULL
);
INSERT INTO trail_head VALUES (1, 0, 0, decode(repeat('00', 32), 'hex'), 0, 0);
