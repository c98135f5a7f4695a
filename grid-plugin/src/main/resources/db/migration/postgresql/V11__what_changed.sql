-- The transaction that last changed a head, or a finding of the audit (pg_current_xact_id, which
-- never wraps). 0 for what stood there before this was counted. Transactions do not commit in the
-- order of these numbers: who polls asks from the oldest one that was still open. Triggers set it,
-- so that whatever writes such a row is told to those that poll.
CREATE FUNCTION has_changed() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN NEW.changed := pg_current_xact_id()::text::bigint; RETURN NEW; END
$$;

-- A new version of a head row is written to all indexes of the table, because changed has one.
ALTER TABLE space ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX space_changed ON space (changed);
CREATE TRIGGER space_has_changed BEFORE INSERT OR UPDATE ON space
  FOR EACH ROW EXECUTE FUNCTION has_changed();

ALTER TABLE verified_head ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX verified_head_changed ON verified_head (changed);
CREATE TRIGGER verified_head_has_changed BEFORE INSERT OR UPDATE ON verified_head
  FOR EACH ROW EXECUTE FUNCTION has_changed();

-- Health asks for the problems, which are few, and not for all findings.
CREATE INDEX verified_head_problem ON verified_head (space) WHERE problem IS NOT NULL;
