-- Several spaces may have the same document; each of them is a way to it.
ALTER TABLE document RENAME TO document_before;
CREATE TABLE document (
  digest  BYTEA NOT NULL CHECK (length(digest) = 32),
  space   TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (digest, space)
);
INSERT INTO document (digest, space, version)
  SELECT digest, space, version FROM document_before;
INSERT INTO document (digest, space, version)
  SELECT snapshot, space, min(snapshot_version) FROM checkpoint_space GROUP BY snapshot, space
  ON CONFLICT (digest, space) DO NOTHING;
DROP TABLE document_before;
