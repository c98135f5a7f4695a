-- Every transaction that was ever signed, kept before it is sent: several may be for one checkpoint
-- (replaced with a higher fee), and one for several (a batch). What it took stands here once known,
-- so that the budget of a day survives a restart. Coin is in its smallest unit, as decimal digits.
CREATE TABLE outbox (
  id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  anchor       TEXT   NOT NULL,
  nonce        BIGINT NOT NULL,
  raw          TEXT   NOT NULL,
  hash         TEXT   NOT NULL UNIQUE,
  first_number BIGINT NOT NULL,
  last_number  BIGINT NOT NULL CHECK (last_number >= first_number),
  most_gas     BIGINT NOT NULL,
  most_wei     TEXT   NOT NULL,
  signed       BIGINT NOT NULL,
  gas          BIGINT,
  wei          TEXT
);
CREATE INDEX outbox_first_number ON outbox (first_number);
CREATE INDEX outbox_signed ON outbox (signed);

-- outbox: the newest transaction of a checkpoint. submitted: when its first one was signed.
ALTER TABLE checkpoint ADD COLUMN outbox BIGINT REFERENCES outbox (id);
ALTER TABLE checkpoint ADD COLUMN submitted BIGINT;
INSERT INTO outbox
  (anchor, nonce, raw, hash, first_number, last_number, most_gas, most_wei, signed)
  SELECT tx_anchor, tx_nonce, tx_raw, tx_hash, number, number, 0, '0', prepared
  FROM checkpoint WHERE tx_hash IS NOT NULL ORDER BY number;
UPDATE checkpoint SET
  outbox = (SELECT id FROM outbox WHERE hash = tx_hash),
  submitted = prepared
  WHERE tx_hash IS NOT NULL;
ALTER TABLE checkpoint DROP COLUMN tx_anchor;
ALTER TABLE checkpoint DROP COLUMN tx_nonce;
ALTER TABLE checkpoint DROP COLUMN tx_raw;
ALTER TABLE checkpoint DROP COLUMN tx_hash;

-- Spaces that keep their head of the checkpoint before, and why.
CREATE TABLE held_space (
  space   TEXT COLLATE "C" PRIMARY KEY,
  version BIGINT NOT NULL,
  rule    TEXT   NOT NULL,
  detail  TEXT   NOT NULL
);
