-- Several spaces may have the same document; each of them is a way to it.
ALTER TABLE document RENAME TO document_before;
CREATE TABLE document (
  digest  BLOB NOT NULL CHECK (length(digest) = 32),
  space   TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (digest, space)
) WITHOUT ROWID;
INSERT INTO document (digest, space, version)
  SELECT digest, space, version FROM document_before;
INSERT INTO document (digest, space, version)
  SELECT snapshot, space, min(snapshot_version) FROM checkpoint_space WHERE true
  GROUP BY snapshot, space
  ON CONFLICT (digest, space) DO NOTHING;
DROP TABLE document_before;
