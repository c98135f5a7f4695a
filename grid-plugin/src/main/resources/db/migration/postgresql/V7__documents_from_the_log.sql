-- The documents that manifests name are not stored: each is rebuilt from the log at this place.
CREATE TABLE document (
  digest  BYTEA PRIMARY KEY CHECK (length(digest) = 32),
  space   TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL
);
INSERT INTO document (digest, space, version)
  SELECT snapshot, space, snapshot_version FROM checkpoint_space WHERE true
  ON CONFLICT (digest) DO NOTHING;

-- Whether a blob is some checkpoint's manifest, for those that drop the others.
CREATE INDEX checkpoint_manifest ON checkpoint (manifest_digest);
