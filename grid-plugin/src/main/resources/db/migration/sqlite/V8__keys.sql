-- Keys of the API. Of a secret there is SHA-256 alone; patterns stand with commas between, and days
-- are counted from 1970-01-01.
CREATE TABLE api_key (
  id             TEXT    PRIMARY KEY,
  name           TEXT    NOT NULL,
  role           TEXT    NOT NULL,
  spaces         TEXT    NOT NULL,
  authors        TEXT    NOT NULL,
  secret         BLOB    NOT NULL CHECK (length(secret) = 32),
  previous       BLOB    CHECK (length(previous) = 32),
  previous_until INTEGER,
  created        INTEGER NOT NULL,
  expires        INTEGER,
  revoked        INTEGER,
  last_used      INTEGER
) WITHOUT ROWID;
