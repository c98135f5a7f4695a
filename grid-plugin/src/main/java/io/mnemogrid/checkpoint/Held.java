package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;

/**
 * A space that is held up: it keeps its head of the checkpoint before, because the head that the
 * audit found last breaks a rule.
 *
 * @param version the version of the head that breaks the rule
 * @param detail what was got and what was wanted
 */
public record Held(SpaceName space, long version, Rule rule, String detail)
    implements Serializable {
  /** What every head must fulfil before it goes into a checkpoint. */
  public enum Rule {
    /** It is what the audit recomputed from the log, and the log still says so. */
    RECOMPUTED,
    /** Its version is above the one before, and its log extends the log of the one before. */
    GROWS,
    /** The log has every version up to it. */
    NO_GAP,
    /** It was not committed in the future. */
    NOT_FUTURE;

    /** As the API spells it. */
    public String text() {
      return Json.word(this);
    }
  }
}
