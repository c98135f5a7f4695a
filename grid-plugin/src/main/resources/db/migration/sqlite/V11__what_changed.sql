-- When a head, or a finding of the audit, last changed, as a number of its table: greater than all
-- before, because there is one writer at a time; rows of one transaction may share one. 0 for what
-- stood there before this was counted. Triggers set it where the writer did not. Only an update of a
-- head has none, because it would take an eighth of what a member commits over many spaces: whoever
-- repairs such a row by hand sets changed = (SELECT max(changed) + 1 FROM space) as well.
ALTER TABLE space ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX space_changed ON space (changed);
CREATE TRIGGER space_is_new AFTER INSERT ON space WHEN NEW.changed = 0
  BEGIN
    UPDATE space SET changed = (SELECT max(changed) + 1 FROM space) WHERE id = NEW.id;
  END;

ALTER TABLE verified_head ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX verified_head_changed ON verified_head (changed);
CREATE TRIGGER verified_head_is_new AFTER INSERT ON verified_head WHEN NEW.changed = 0
  BEGIN
    UPDATE verified_head SET changed = (SELECT max(changed) + 1 FROM verified_head)
    WHERE space = NEW.space AND version = NEW.version;
  END;
CREATE TRIGGER verified_head_has_changed
  AFTER UPDATE OF space, version, state_root, log_root, leaf_hash, snapshot, snapshot_version,
    committed, checked, problem ON verified_head
  WHEN NEW.changed = OLD.changed
  BEGIN
    UPDATE verified_head SET changed = (SELECT max(changed) + 1 FROM verified_head)
    WHERE space = NEW.space AND version = NEW.version;
  END;

-- Health asks for the problems, which are few, and not for all findings.
CREATE INDEX verified_head_problem ON verified_head (space) WHERE problem IS NOT NULL;
