-- What tells this grid from all others in what its authors sign: made once, with the store.
INSERT INTO setting (name, value) VALUES ('grid', replace(gen_random_uuid()::text, '-', ''));
