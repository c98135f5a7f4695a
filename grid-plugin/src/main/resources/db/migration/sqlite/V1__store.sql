-- Times are milliseconds since 1970-01-01 UTC, hashes 32 bytes.

-- A space and its head row: what every append is conditional on.
CREATE TABLE space (
  id        INTEGER PRIMARY KEY,
  name      TEXT    NOT NULL UNIQUE,
  policy    TEXT    NOT NULL,
  created   INTEGER NOT NULL,
  version   INTEGER NOT NULL,
  root      BLOB    NOT NULL CHECK (length(root) = 32),
  leaf_hash BLOB    NOT NULL CHECK (length(leaf_hash) = 32),
  committed INTEGER NOT NULL
);

-- One row a version. The record is the canonical text that leaf_hash commits to.
CREATE TABLE update_log (
  space     INTEGER NOT NULL REFERENCES space (id),
  version   INTEGER NOT NULL,
  update_id TEXT    NOT NULL,
  leaf_hash BLOB    NOT NULL,
  committed INTEGER NOT NULL,
  record    BLOB    NOT NULL,
  PRIMARY KEY (space, version),
  UNIQUE (space, update_id)
) WITHOUT ROWID;

-- The canonical text of a snapshot, deflated (RFC 1950).
CREATE TABLE snapshot (
  space    INTEGER NOT NULL REFERENCES space (id),
  version  INTEGER NOT NULL,
  deflated BLOB    NOT NULL,
  PRIMARY KEY (space, version)
);

-- Content-addressed bytes.
CREATE TABLE blob (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
  bytes  BLOB NOT NULL
);

-- What the audit found.
CREATE TABLE verified_head (
  space            TEXT    NOT NULL,
  version          INTEGER NOT NULL,
  state_root       BLOB    NOT NULL,
  log_root         BLOB    NOT NULL,
  leaf_hash        BLOB    NOT NULL,
  snapshot         BLOB    NOT NULL,
  snapshot_version INTEGER NOT NULL,
  committed        INTEGER NOT NULL,
  checked          INTEGER NOT NULL,
  problem          TEXT,
  PRIMARY KEY (space, version)
) WITHOUT ROWID;

-- The leader's lease: one row, whose epoch fences every write of a leader.
CREATE TABLE lease (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  holder  TEXT    NOT NULL,
  epoch   INTEGER NOT NULL,
  counter INTEGER NOT NULL
);
INSERT INTO lease (id, holder, epoch, counter) VALUES (1, '', 0, 0);

-- A header is written once; the other columns are its outbox.
CREATE TABLE checkpoint (
  number          INTEGER PRIMARY KEY,
  hash            BLOB    NOT NULL UNIQUE,
  header          BLOB    NOT NULL CHECK (length(header) = 105),
  manifest_digest BLOB    NOT NULL REFERENCES blob (digest) DEFERRABLE INITIALLY DEFERRED,
  status          TEXT    NOT NULL
    CHECK (status IN ('PENDING', 'SENT', 'CONFIRMED', 'FINALIZED')),
  prepared        INTEGER NOT NULL,
  finalized       INTEGER,
  tx_anchor       TEXT,
  tx_nonce        INTEGER,
  tx_raw          TEXT,
  tx_hash         TEXT
);
CREATE INDEX checkpoint_unfinished ON checkpoint (number) WHERE status <> 'FINALIZED';
CREATE TRIGGER checkpoint_header_stays
  BEFORE UPDATE OF number, hash, header, manifest_digest, prepared ON checkpoint
  BEGIN SELECT RAISE(ABORT, 'a checkpoint header never changes'); END;
CREATE TRIGGER checkpoint_stays
  BEFORE DELETE ON checkpoint
  BEGIN SELECT RAISE(ABORT, 'a checkpoint is never deleted'); END;

-- The entries that changed with a checkpoint; the one of a space at a checkpoint is its newest up
-- to that number.
CREATE TABLE checkpoint_space (
  space            TEXT    NOT NULL,
  number           INTEGER NOT NULL REFERENCES checkpoint (number),
  version          INTEGER NOT NULL,
  state_root       BLOB    NOT NULL,
  log_root         BLOB    NOT NULL,
  snapshot         BLOB    NOT NULL,
  snapshot_version INTEGER NOT NULL,
  PRIMARY KEY (space, number)
) WITHOUT ROWID;
CREATE INDEX checkpoint_space_version ON checkpoint_space (space, version);

CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
