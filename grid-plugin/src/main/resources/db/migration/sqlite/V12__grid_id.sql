-- What tells this grid from all others in what its authors sign: made once, with the store.
INSERT INTO setting (name, value) VALUES ('grid', lower(hex(randomblob(16))));
