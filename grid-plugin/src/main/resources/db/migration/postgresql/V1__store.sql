-- The same tables as for SQLite. Times are milliseconds since 1970-01-01 UTC, hashes 32 bytes.
-- What is ordered by name is ordered by its bytes, whatever the locale of the database.

-- A space and its head row: what every append is conditional on, and waits for. Half of a page
-- stays free, so that a new version of a row lies beside the old one and touches no index.
CREATE TABLE space (
  id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name      TEXT COLLATE "C" NOT NULL UNIQUE,
  policy    TEXT   NOT NULL,
  created   BIGINT NOT NULL,
  version   BIGINT NOT NULL,
  root      BYTEA  NOT NULL CHECK (length(root) = 32),
  leaf_hash BYTEA  NOT NULL CHECK (length(leaf_hash) = 32),
  committed BIGINT NOT NULL
) WITH (fillfactor = 50);

-- One row a version. The record is the canonical text that leaf_hash commits to, byte for byte.
CREATE TABLE update_log (
  space     BIGINT NOT NULL REFERENCES space (id),
  version   BIGINT NOT NULL,
  update_id TEXT COLLATE "C" NOT NULL,
  leaf_hash BYTEA  NOT NULL,
  committed BIGINT NOT NULL,
  record    BYTEA  NOT NULL,
  PRIMARY KEY (space, version),
  UNIQUE (space, update_id)
);

-- The canonical text of a snapshot, deflated (RFC 1950), so the server need not try to.
CREATE TABLE snapshot (
  space    BIGINT NOT NULL REFERENCES space (id),
  version  BIGINT NOT NULL,
  deflated BYTEA  NOT NULL,
  PRIMARY KEY (space, version)
);
ALTER TABLE snapshot ALTER COLUMN deflated SET STORAGE EXTERNAL;

-- Content-addressed bytes.
CREATE TABLE blob (
  digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
  bytes  BYTEA NOT NULL
);

-- What the audit found.
CREATE TABLE verified_head (
  space            TEXT COLLATE "C" NOT NULL,
  version          BIGINT NOT NULL,
  state_root       BYTEA  NOT NULL,
  log_root         BYTEA  NOT NULL,
  leaf_hash        BYTEA  NOT NULL,
  snapshot         BYTEA  NOT NULL,
  snapshot_version BIGINT NOT NULL,
  committed        BIGINT NOT NULL,
  checked          BIGINT NOT NULL,
  problem          TEXT,
  PRIMARY KEY (space, version)
);

-- The leader's lease: one row, whose epoch fences every write of a leader.
CREATE TABLE lease (
  id      BIGINT PRIMARY KEY CHECK (id = 1),
  holder  TEXT   NOT NULL,
  epoch   BIGINT NOT NULL,
  counter BIGINT NOT NULL
);
INSERT INTO lease (id, holder, epoch, counter) VALUES (1, '', 0, 0);

-- A header is written once; the other columns are its outbox.
CREATE TABLE checkpoint (
  number          BIGINT PRIMARY KEY,
  hash            BYTEA  NOT NULL UNIQUE,
  header          BYTEA  NOT NULL CHECK (length(header) = 105),
  manifest_digest BYTEA  NOT NULL REFERENCES blob (digest) DEFERRABLE INITIALLY DEFERRED,
  status          TEXT   NOT NULL
    CHECK (status IN ('PENDING', 'SENT', 'CONFIRMED', 'FINALIZED')),
  prepared        BIGINT NOT NULL,
  finalized       BIGINT,
  tx_anchor       TEXT,
  tx_nonce        BIGINT,
  tx_raw          TEXT,
  tx_hash         TEXT
);
CREATE INDEX checkpoint_unfinished ON checkpoint (number) WHERE status <> 'FINALIZED';
CREATE FUNCTION checkpoint_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END
$$;
CREATE TRIGGER checkpoint_header_stays
  BEFORE UPDATE OF number, hash, header, manifest_digest, prepared ON checkpoint
  FOR EACH ROW EXECUTE FUNCTION checkpoint_refuses('a checkpoint header never changes');
CREATE TRIGGER checkpoint_stays
  BEFORE DELETE ON checkpoint
  FOR EACH ROW EXECUTE FUNCTION checkpoint_refuses('a checkpoint is never deleted');

-- The entries that changed with a checkpoint; the one of a space at a checkpoint is its newest up
-- to that number.
CREATE TABLE checkpoint_space (
  space            TEXT COLLATE "C" NOT NULL,
  number           BIGINT NOT NULL REFERENCES checkpoint (number),
  version          BIGINT NOT NULL,
  state_root       BYTEA  NOT NULL,
  log_root         BYTEA  NOT NULL,
  snapshot         BYTEA  NOT NULL,
  snapshot_version BIGINT NOT NULL,
  PRIMARY KEY (space, number)
);
CREATE INDEX checkpoint_space_version ON checkpoint_space (space, version);

CREATE TABLE setting (
  name  TEXT COLLATE "C" PRIMARY KEY,
  value TEXT NOT NULL
);
