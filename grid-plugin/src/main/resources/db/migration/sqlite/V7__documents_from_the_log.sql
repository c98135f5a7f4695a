-- The documents that manifests name are not stored: each is rebuilt from the log at this place.
CREATE TABLE document (
  digest  BLOB PRIMARY KEY CHECK (length(digest) = 32),
  space   TEXT NOT NULL,
  version INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO document (digest, space, version)
  SELECT snapshot, space, snapshot_version FROM checkpoint_space WHERE true
  ON CONFLICT (digest) DO NOTHING;

-- Whether a blob is some checkpoint's manifest, for those that drop the others.
CREATE INDEX checkpoint_manifest ON checkpoint (manifest_digest);
